//! Takes HSDS JSON objects apart into rows: what an object is, what it holds inside, and what ties the two together.

use core::ops::ControlFlow;

use serde_json::{Map, Value};

use super::clean::quoted;
use super::fault::{Effect, Place, Reason};
use super::intake::Intake;
use super::json_tree::escaped;
use super::limits::CELL_BYTES_MAX;
use super::row::Row;
use super::table::{Link, Table};

/// Keys that an organisation, a service and a location do not share.
const TELLING: [(Table, &[&str]); 4] = [
    (
        Table::Organisations,
        &[
            "website",
            "legal_status",
            "year_incorporated",
            "tax_status",
            "organization_identifiers",
            "locations",
            "services",
            "programs",
            "parent_organization_id",
            "logo",
        ],
    ),
    (
        Table::Services,
        &[
            "status",
            "organization",
            "service_at_locations",
            "service_areas",
            "cost_options",
            "required_documents",
            "eligibility_description",
            "application_process",
            "interpretation_services",
            "fees_description",
            "fees",
            "wait_time",
            "program",
            "program_id",
            "minimum_age",
            "accreditations",
            "last_modified",
        ],
    ),
    (
        Table::Locations,
        &[
            "location_type",
            "latitude",
            "longitude",
            "addresses",
            "transportation",
            "accessibility",
            "external_identifier",
        ],
    ),
    (Table::ServicesAtLocation, &["service", "location", "service_id", "location_id"]),
];

/// What ties a row to others: column and identifier.
type Ties = Vec<(&'static str, String)>;

/// Takes the objects of one file apart.
pub(crate) struct Walker<'w, 'a> {
    intake: &'w mut Intake<'a>,
    file: usize,
    /// What the file name says of its objects.
    by_name: Option<Table>,
    /// The table being read, where the file has tables.
    table: Option<Result<Table, ()>>,
}

impl<'w, 'a> Walker<'w, 'a> {
    pub(crate) fn new(intake: &'w mut Intake<'a>, file: usize, name: &str) -> Self {
        let stem = name.rsplit_once('.').map_or(name, |(stem, _)| stem);
        let by_name = Table::named(stem.strip_suffix("_list").unwrap_or(stem));
        Self { intake, file, by_name, table: None }
    }

    /// Is nothing more to be read?
    pub(crate) fn is_over(&self) -> bool {
        self.intake.is_over()
    }

    /// The next objects are rows of the table called `key`.
    pub(crate) fn begin_table(&mut self, key: &str, pointer: &str) {
        self.table = Some(Table::named(key).ok_or(()));
        if Table::named(key).is_none() {
            self.fault(pointer, Reason::UnknownTable(quoted(key)), Effect::ValueLeftOut);
        }
    }

    /// The next objects say themselves what they are.
    pub(crate) fn begin_page(&mut self) {
        self.table = None;
    }

    /// Takes in an object of the outermost array, table or page.
    pub(crate) fn object(&mut self, value: &Value, pointer: &str) -> ControlFlow<()> {
        let kind = match (self.table, value) {
            (Some(Ok(table)), _) => Ok(table),
            (Some(Err(())), _) => return ControlFlow::Continue(()),
            (None, Value::Object(map)) => self.kind_of(map),
            (None, _) => Err(wrong_type("element", value, "an object")),
        };
        match kind {
            Ok(table) => self.row(table, value, Vec::new(), pointer, false),
            Err(reason) => {
                self.intake.count(self.file, &Place::Pointer(pointer.to_owned()))?;
                self.fault(pointer, reason, Effect::RowLeftOut);
                ControlFlow::Continue(())
            }
        }
    }

    /// Takes in what an outermost object holds beside tables and pages; `other_rows` says that it held some.
    pub(crate) fn rest(&mut self, whole: Map<String, Value>, other_rows: bool) {
        let is_tables = !whole.contains_key("id")
            && whole.iter().any(|(key, value)| value.is_array() && Table::named(key).is_some());
        if is_tables {
            return self.tables(&whole);
        }
        match self.kind_of(&whole) {
            Ok(table) => drop(self.row(table, &Value::Object(whole), Vec::new(), "", false)),
            // The numbers around a page.
            Err(Reason::UnknownObject) if other_rows || whole.contains_key("total_items") => {}
            Err(reason) => {
                self.intake.fault(self.file, Place::WholeFile, reason, Effect::FileLeftOut);
            }
        }
    }

    fn tables(&mut self, whole: &Map<String, Value>) {
        for (key, value) in whole {
            let (Value::Array(elements), pointer) = (value, format!("/{}", escaped(key))) else { continue };
            self.begin_table(key, &pointer);
            for (number, element) in elements.iter().enumerate() {
                if self.object(element, &format!("{pointer}/{number}")).is_break() {
                    return;
                }
            }
        }
    }

    /// What an object is: that of whose keys it has most.
    fn kind_of(&self, map: &Map<String, Value>) -> Result<Table, Reason> {
        let has = |key: &str| map.contains_key(key);
        if has("$schema")
            || has("datapackage_metadata")
            || (has("properties") && has("type"))
            || has("openapi")
        {
            return Err(Reason::JsonSchema);
        }
        if !has("name") && (has("service") || has("location") || (has("service_id") && has("location_id"))) {
            return Ok(Table::ServicesAtLocation);
        }
        let score = |keys: &[&str]| keys.iter().filter(|key| has(key)).count();
        let mut scores = TELLING.map(|(table, keys)| (score(keys), table));
        scores.sort_by_key(|(score, _)| *score);
        match scores {
            [.., (second, _), (best, table)] if best > second => Ok(table),
            _ => self.by_name.filter(|_| has("id") || has("name")).ok_or(Reason::UnknownObject),
        }
    }

    /// Takes in one object as a row of `table`, and then what it holds inside.
    fn row(
        &mut self,
        table: Table,
        value: &Value,
        ties: Ties,
        pointer: &str,
        embedded: bool,
    ) -> ControlFlow<()> {
        let place = Place::Pointer(pointer.to_owned());
        self.intake.count(self.file, &place)?;
        let Value::Object(map) = value else {
            self.fault(pointer, wrong_type("element", value, "an object"), Effect::RowLeftOut);
            return ControlFlow::Continue(());
        };
        let mut row = Row::new(table, self.file, place, embedded);
        for (column, id) in &ties {
            row.fill(column, id);
        }
        let filled = self.fill(&mut row, map);
        // What stands at a service's location belongs to the service too: the pair often has no identifier.
        let service = row.text("service_id").filter(|_| table == Table::ServicesAtLocation);
        let also: Ties = service.map(|id| ("service_id", id)).into_iter().collect();
        match filled {
            Ok(()) => self.intake.take(row),
            Err(reason) => self.fault(pointer, reason, Effect::RowLeftOut),
        }
        self.inside(table, map, pointer, &also)
    }

    /// Fills the cells of a row from the plain values of its object.
    fn fill(&mut self, row: &mut Row, map: &Map<String, Value>) -> Result<(), Reason> {
        let spec = row.table.spec();
        let names = spec.columns.iter().map(|column| (*column, *column)).chain(spec.aliases.iter().copied());
        for (key, column) in names {
            let Some(value) = map.get(key) else { continue };
            match plain(value) {
                Some(text) if text.len() > CELL_BYTES_MAX => {
                    return Err(Reason::CellTooLong { column: key.to_owned() });
                }
                Some(text) => row.fill(column, &text),
                None if value.is_null() || spec.inside.iter().any(|(inside, ..)| *inside == key) => {}
                None => {
                    self.intake.row_fault(row, wrong_type(key, value, "a plain value"), Effect::ValueLeftOut)
                }
            }
        }
        for (key, _, link) in spec.inside {
            if let Link::Outer(column) = link
                && let Some(id) = map.get(*key).and_then(|inner| plain(inner.get("id")?))
            {
                row.fill(column, &id);
            }
        }
        Ok(())
    }

    fn inside(
        &mut self,
        table: Table,
        map: &Map<String, Value>,
        pointer: &str,
        also: &Ties,
    ) -> ControlFlow<()> {
        let own = map.get("id").and_then(plain);
        let ties = |column| -> Ties {
            own.iter().map(|id| (column, id.clone())).chain(also.iter().cloned()).collect()
        };
        for (key, inner, link) in table.spec().inside {
            let pointer = format!("{pointer}/{key}");
            match (map.get(*key), link) {
                (None | Some(Value::Null), _) => {}
                (Some(Value::Array(elements)), Link::Inner(column)) => {
                    for (number, element) in elements.iter().enumerate() {
                        self.row(*inner, element, ties(*column), &format!("{pointer}/{number}"), true)?;
                    }
                }
                (Some(value @ Value::Object(_)), Link::Inner(column)) => {
                    self.row(*inner, value, ties(*column), &pointer, true)?;
                }
                (Some(value @ Value::Object(_)), Link::Outer(_)) => {
                    self.row(*inner, value, Vec::new(), &pointer, true)?;
                }
                (Some(value), link) => {
                    let wanted = if matches!(link, Link::Inner(_)) { "an array" } else { "an object" };
                    self.fault(&pointer, wrong_type(key, value, wanted), Effect::ValueLeftOut);
                }
            }
        }
        ControlFlow::Continue(())
    }

    fn fault(&mut self, pointer: &str, reason: Reason, effect: Effect) {
        self.intake.fault(self.file, Place::Pointer(pointer.to_owned()), reason, effect);
    }
}

/// A plain value as text.
fn plain(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(flag) => Some(flag.to_string()),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}

fn wrong_type(key: &str, value: &Value, wanted: &'static str) -> Reason {
    let found = match value {
        Value::Null => "null",
        Value::Bool(_) => "a flag",
        Value::Number(_) => "a number",
        Value::String(_) => "a text",
        Value::Array(_) => "an array",
        Value::Object(_) => "an object",
    };
    Reason::WrongType { key: key.to_owned(), found, wanted }
}
