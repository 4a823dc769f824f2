// What a user's report may name: a walk over the engine's own parse of the statement, in which all is refused that is not listed.
import { AppError } from '../errors.ts';

/** Functions of a user's report besides the macros of sql/duckdb: none reads a file, a setting or the clock. */
const FUNCTIONS = new Set(
  `+ - * / // % ** ^ || ~~ !~~ ~~* !~~* ~~~ @ & | << >>
  abs array_extract array_slice avg bool_and bool_or ceil ceiling chr coalesce concat concat_ws contains
  corr count count_star cume_dist date_diff date_part date_trunc datediff datepart datetrunc day
  dayname dayofweek dayofyear dense_rank ends_with epoch epoch_ms epoch_us any_value arg_max arg_min
  max_by min_by first first_value floor format generate_series greatest hour if ifnull isodow isfinite
  json_extract json_extract_string lag last last_value lead least left len length list list_concat
  list_contains list_distinct list_extract list_filter list_has_all list_has_any list_slice list_sort
  list_reverse list_sum list_transform list_value array_agg array_length array_to_string ln log log10
  log2 lower lpad ltrim make_date make_timestamp max mean median min minute mode month monthname
  nth_value ntile nullif percent_rank pow power quantile quantile_cont quantile_disc quarter range rank
  regexp_extract regexp_full_match regexp_matches regexp_replace replace right round row row_number
  rpad rtrim second sign split_part sqrt stddev stddev_pop stddev_samp strftime string_agg
  string_split strptime struct_extract struct_pack substr substring sum time_bucket to_days to_hours
  to_json to_minutes to_months to_seconds to_weeks to_years trim trunc try_strptime unnest upper
  var_pop var_samp variance week weekofyear width_bucket year yearweek histogram
  repeat starts_with list_aggregate list_avg list_max list_min not_like_escape like_escape
  approx_count_distinct approx_quantile count_if product sum_no_overflow`.split(/\s+/),
);

/** Kinds of expression and of what may stand behind `from`; SHOW_REF (describe, summarize) is none of them. */
const CLASSES = new Set(
  'BETWEEN CASE CAST COLUMN_REF COMPARISON CONJUNCTION CONSTANT FUNCTION LAMBDA LAMBDA_REF OPERATOR PARAMETER POSITIONAL_REFERENCE STAR SUBQUERY WINDOW COLLATE'.split(
    ' ',
  ),
);
const TYPES = new Set(
  'SELECT_NODE SET_OPERATION_NODE RECURSIVE_CTE_NODE CTE_NODE EMPTY BASE_TABLE TABLE_FUNCTION SUBQUERY JOIN EXPRESSION_LIST ORDER_MODIFIER LIMIT_MODIFIER LIMIT_PERCENT_MODIFIER DISTINCT_MODIFIER ORDER_DEFAULT ASCENDING DESCENDING'.split(
    ' ',
  ),
);

export interface Vocabulary {
  tables: ReadonlySet<string>;
  /** Macros of ours; those that take a table's name as a text are not among them. */
  macros: ReadonlySet<string>;
}

/** Throws AppError `bad_request` that names what is not allowed. `parsed` is json_serialize_sql's answer. */
export const checkStatement = (parsed: unknown, { tables, macros }: Vocabulary): void => {
  if (!isNode(parsed)) throw refused('the statement cannot be read');
  if (parsed['error'] === true) {
    const told = typeof parsed['error_message'] === 'string' ? parsed['error_message'] : '';
    throw refused(
      told.startsWith('Only SELECT')
        ? 'only one SELECT is allowed'
        : `the SQL has a fault: ${told}`,
    );
  }
  const statements = parsed['statements'];
  if (!Array.isArray(statements) || statements.length !== 1) {
    throw refused('only one SELECT is allowed');
  }
  const named = new Set<string>();
  walk(statements[0], (node) => {
    const map = node['cte_map'];
    const entries = isNode(map) && Array.isArray(map['map']) ? map['map'] : [];
    for (const entry of entries) if (isNode(entry)) named.add(String(entry['key']).toLowerCase());
  });
  walk(statements[0], (node) => {
    const { class: kind, type } = node;
    if (typeof kind === 'string' && !CLASSES.has(kind)) throw refused(`${kind} is not allowed`);
    if (typeof kind !== 'string' && typeof type === 'string' && !TYPES.has(type)) {
      throw refused(`${type} is not allowed`);
    }
    if (type === 'BASE_TABLE' && typeof kind !== 'string') {
      const table = String(node['table_name']).toLowerCase();
      const qualified = node['schema_name'] !== '' || node['catalog_name'] !== '';
      if (qualified || !(tables.has(table) || named.has(table))) {
        throw refused(
          `there is no table ${JSON.stringify(table)} for reports; there are ${[...tables].sort().join(', ')}`,
        );
      }
    }
    const called = node['function_name'];
    if (typeof called === 'string') {
      const name = called.toLowerCase();
      const elsewhere = !['', 'main', undefined].includes(node['schema'] as string | undefined);
      if (elsewhere || !(FUNCTIONS.has(name) || macros.has(name))) {
        throw refused(`the function ${JSON.stringify(name)} is not allowed in reports`);
      }
    }
  });
};

type Node = Record<string, unknown>;
const isNode = (value: unknown): value is Node =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const walk = (value: unknown, visit: (node: Node) => void): void => {
  if (Array.isArray(value)) for (const item of value) walk(item, visit);
  // The name of a type holds nothing that could be called.
  else if (isNode(value) && !('type_info' in value)) {
    visit(value);
    for (const part of Object.values(value)) walk(part, visit);
  }
};

const refused = (what: string): AppError => new AppError('bad_request', what.slice(0, 500));
