/* past.h - times that tell when something happened. */
#ifndef REGISTRY_PAST_H
#define REGISTRY_PAST_H
#include "core/registry/registry.h"

/* The time of field `name` is at most a day ahead of now: clocks differ, and so do zones that somebody forgot to
 * name. */
CHECKED int past_check(const struct registry *registry, int64_t ms, const char *name,
                       struct problem *problem);
#endif
