//! `waymark staff …`: who works at this office.

mod add;
mod change;
mod list;
mod password;
mod rescue;
mod sign_in;
mod sign_out;

commands! {
    /// Staff of this office.
    Staff {
        sign_in::SignIn,
        sign_out::SignOut,
        add::Add,
        change::Change,
        password::Password,
        list::List,
        rescue::Rescue,
    }
}
