// The help of footprint grants import.
import { SETTING_HELP } from './settings.ts';

export const GRANTS_HELP = `Usage: footprint grants import <json|aws-iam|mcp|oauth> [options] <file>…

json     a list of permissions (as "system:action" or as {"permission",
         "resource_pattern", "source_ref"}), or {"agent", "environment",
         "source", "source_ref", "permissions"}, or a list of those
aws-iam  an identity policy, or what aws iam get-role-policy, get-user-policy,
         get-policy-version or get-account-authorization-details prints (roles,
         users and what their groups grant); as aws:service:Action
mcp      settings of an MCP client or of Claude Code; as mcp.<server>:<tool>
         and tool:<Tool>
oauth    scopes on lines, a client's metadata or a token's answer; as
         oauth:<scope>

Of the files only permissions are sent, each with the file and its statement,
role or line. What is counted wider than it is written is told as a note. Each
time it replaces all that the same source said of the same agent before; the
files of one command are told together.

Options:
  --agent <name>         the agent, where the file names none
  --environment <name>   its environment, where the file names none (default "default")
  --source <name>        where the grants come from (default: the file)
  --role <role>=<agent>  whose role it is, in output of aws iam; more than once
  --user <user>=<agent>  whose user it is, in output of aws iam; more than once
  --expand               wildcards of AWS by the names of their actions
  --partial              send the rest where a part could not be read
  --dry-run              print what would be sent, and send nothing
  --url <url>            a running server
${SETTING_HELP}
`;
