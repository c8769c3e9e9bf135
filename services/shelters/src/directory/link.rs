//! Sets rows against each other: identifiers that appear twice, and references that lead nowhere.

use std::collections::{BTreeMap, HashMap, HashSet};

use super::clean::quoted;
use super::fault::{Effect, Reason};
use super::intake::Intake;
use super::row::Row;
use super::table::{Table, Target};

/// The rows of each table, in the order in which they were read.
pub(crate) type Tables = BTreeMap<Table, Vec<Row>>;

/// Takes the rows out of the intake, each entity once, each reference leading somewhere.
pub(crate) fn link(intake: &mut Intake<'_>) -> Tables {
    let mut tables = core::mem::take(&mut intake.tables);
    for rows in tables.values_mut() {
        *rows = unite(intake, core::mem::take(rows));
    }
    let mut known: HashMap<Table, HashSet<String>> =
        tables.iter().map(|(table, rows)| (*table, ids(rows))).collect();
    // What other rows name goes first: a row left out is known no more.
    let mut order: Vec<Table> = tables.keys().copied().collect();
    order.sort_by_key(|table| !matches!(table, Table::ServicesAtLocation | Table::Phones));
    for table in order {
        let Some(rows) = tables.get_mut(&table) else { continue };
        let knows = |target: Target, id: &str| match target {
            Target::Of(table) => known.get(&table).is_some_and(|ids| ids.contains(id)),
            Target::Any => known.values().any(|ids| ids.contains(id)),
        };
        rows.retain_mut(|row| keep_with_references(intake, row, &knows));
        known.insert(table, ids(rows));
    }
    tables
}

fn ids(rows: &[Row]) -> HashSet<String> {
    rows.iter().filter_map(|row| row.text("id")).collect()
}

/// One row for each identifier. A second row of a file is a fault; an object repeated inside others is not.
fn unite(intake: &mut Intake<'_>, rows: Vec<Row>) -> Vec<Row> {
    let mut first_of: HashMap<String, usize> = HashMap::new();
    let mut united: Vec<Row> = Vec::with_capacity(rows.len());
    for row in rows {
        let Some(id) = row.text("id") else {
            united.push(row);
            continue;
        };
        let first = first_of.get(&id).and_then(|at| united.get_mut(*at));
        match first {
            None => {
                first_of.insert(id, united.len());
                united.push(row);
            }
            Some(first) if !first.embedded && !row.embedded => {
                let reason = Reason::Duplicate { id: quoted(&id), first: intake.place_of(first) };
                intake.row_fault(&row, reason, Effect::RowLeftOut);
            }
            Some(first) if row.table.is_entity() => {
                if let Some(column) = first.merge(&row) {
                    let reason = Reason::Differs { id: quoted(&id), column, first: intake.place_of(first) };
                    intake.row_fault(&row, reason, Effect::Kept);
                }
            }
            Some(_) => united.push(row),
        }
    }
    united
}

/// Empties references that lead nowhere; false when the row then belongs to nothing.
fn keep_with_references(
    intake: &mut Intake<'_>,
    row: &mut Row,
    knows: &impl Fn(Target, &str) -> bool,
) -> bool {
    let spec = row.table.spec();
    let mut dangling = Vec::new();
    for (column, target) in spec.references {
        let Some(id) = row.cell(column) else { continue };
        if !knows(*target, id) {
            let target = match target {
                Target::Of(table) => table.spec().name,
                Target::Any => "any table",
            };
            dangling.push((*column, Reason::Dangling { column, id: quoted(id), target }));
        }
    }
    for (column, _) in &dangling {
        row.empty(column);
    }
    // A service at a location needs both; anything else needs one owner.
    let needed_all = row.table == Table::ServicesAtLocation;
    let filled = |column: &&str| row.cell(column).is_some();
    let owned = spec.owners.is_empty()
        || if needed_all { spec.owners.iter().all(filled) } else { spec.owners.iter().any(filled) };
    if owned {
        for (_, reason) in dangling {
            intake.row_fault(row, reason, Effect::Kept);
        }
        let of_contact = row.table == Table::Phones && owners_but_contact(row) == 0;
        if of_contact {
            intake.row_fault(row, Reason::NamedContact, Effect::RowLeftOut);
        }
        return !of_contact;
    }
    let reason = dangling.into_iter().next().map_or(Reason::NoOwner, |(_, reason)| reason);
    intake.row_fault(row, reason, Effect::RowLeftOut);
    false
}

fn owners_but_contact(row: &Row) -> usize {
    let owners = row.table.spec().owners;
    owners.iter().filter(|column| **column != "contact_id" && row.cell(column).is_some()).count()
}
