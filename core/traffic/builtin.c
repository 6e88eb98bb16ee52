#include "core/traffic/builtin.h"
#include "core/base/builtin_file.h"

BUILTIN_FILE(builtin_agents, "agents.txt");
BUILTIN_FILE(builtin_hosting, "hosting.txt");
BUILTIN_FILE(builtin_relays, "relays.txt");
