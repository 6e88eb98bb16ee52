/* builtin.h - the lists compiled in: agents.txt, hosting.txt and relays.txt of this folder. */
#ifndef TRAFFIC_BUILTIN_H
#define TRAFFIC_BUILTIN_H
#include "core/base/slice.h"

struct slice builtin_agents(void);
struct slice builtin_hosting(void);
struct slice builtin_relays(void);
#endif
