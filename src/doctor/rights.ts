/** Whether the role may do what loads do, by the GRANTs of docs/roles.md. */
import type { Pool } from '../database/pool.ts';
import { datasets } from '../datasets/index.ts';
import { failed, type Finding, ok } from './finding.ts';

interface Rights {
  role: string;
  /** The statements that would give what is missing. */
  grants: string[];
  /** Tables that belong to a role of which this one is no member, as `table of owner`. */
  foreign: string[];
  /** Statements that would make this role a member of the owners. */
  memberships: string[];
}

const RIGHTS = `
with wanted as (
  select unnest(array[
    case when not has_database_privilege(current_database(), 'temporary')
      then format('grant temporary on database %I to %I', current_database(), current_user) end,
    case when (to_regnamespace('fareflow') is null or to_regnamespace('fareflow_staging') is null)
      and not has_database_privilege(current_database(), 'create')
      then format('grant create on database %I to %I', current_database(), current_user) end,
    case when not (has_schema_privilege('public', 'usage') and has_schema_privilege('public', 'create'))
      then format('grant usage, create on schema public to %I', current_user) end,
    case when to_regnamespace('fareflow') is not null
      and not has_schema_privilege(to_regnamespace('fareflow'), 'usage')
      then format('grant usage on schema fareflow to %I', current_user) end,
    case when to_regnamespace('fareflow_staging') is not null and not (
      has_schema_privilege(to_regnamespace('fareflow_staging'), 'usage')
      and has_schema_privilege(to_regnamespace('fareflow_staging'), 'create'))
      then format('grant usage, create on schema fareflow_staging to %I', current_user) end
  ]) as statement
), tables as (
  select n.nspname || '.' || c.relname as name, c.relowner
  from pg_class c join pg_namespace n on n.oid = c.relnamespace
  where c.relkind in ('r', 'p')
    and ((n.nspname = 'public' and c.relname = any($1)) or n.nspname = 'fareflow')
    and not pg_has_role(c.relowner, 'usage')
)
select
  current_user as role,
  (select coalesce(array_agg(statement), '{}') from wanted where statement is not null) as grants,
  (select coalesce(array_agg(format('%s of %s', name, pg_get_userbyid(relowner))), '{}') from tables) as "foreign",
  (select coalesce(array_agg(distinct format('grant %I to %I', pg_get_userbyid(relowner), current_user)), '{}')
   from tables) as memberships`;

/** Checks the rights of the role that this connection has. */
export async function examineRights(pool: Pool): Promise<Finding> {
  const { rows } = await pool.query<Rights>(RIGHTS, [datasets.map(({ table }) => table)]);
  const { role = '', grants = [], foreign = [], memberships = [] } = rows[0] ?? {};
  const statements = [...grants, ...memberships];
  if (statements.length === 0) return ok('rights', `${role} may migrate and load`);
  const what = foreign.length === 0 ? 'lacks rights' : `does not own ${foreign.join(', ')}`;
  return failed(
    'rights',
    `${role} ${what}`,
    `let an administrator of this database run: ${statements.join('; ')}`,
  );
}
