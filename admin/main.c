/* jalon - the command line: sets up, issues, imports, reports and exports. See docs/cli.md. */
#include "admin/command.h"

int main(int argc, char **argv)
{
    return command_main(argc, argv);
}
