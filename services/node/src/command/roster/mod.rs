//! `waymark roster …`: the list of offices and their keys: drafted, signed by root holders, adopted by each office.

mod adopt;
mod draft;
mod show;
mod sign;

commands! {
    /// The list of offices and their keys, signed by root holders.
    Roster {
        draft::Draft,
        sign::Sign,
        adopt::Adopt,
        show::Show,
    }
}
