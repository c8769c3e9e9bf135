//! `waymark shelter …`: capacity, and places asked for, held and used. Only the shelter holds and confirms.

mod address;
mod check_in;
mod check_out;
mod choose;
mod confirm;
mod give_up;
mod hold;
mod list;
mod no_show;
mod places;
mod publish;
mod refuse;
mod release;
mod request;
mod watch;

commands! {
    /// Shelter places: capacity, requests, holds, addresses.
    Shelter {
        publish::Publish,
        request::Request,
        hold::Hold,
        refuse::Refuse,
        confirm::Confirm,
        release::Release,
        choose::Choose,
        give_up::GiveUp,
        address::Address,
        check_in::CheckIn,
        check_out::CheckOut,
        no_show::NoShow,
        list::List,
        places::Places,
        watch::Watch,
    }
}
