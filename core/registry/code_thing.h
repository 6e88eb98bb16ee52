/* code_thing.h - a stored promo code as the world sees it. */
#ifndef REGISTRY_CODE_THING_H
#define REGISTRY_CODE_THING_H
#include "core/registry/code_view.h"
#include "core/registry/registry.h"

CHECKED int code_thing(const struct registry *registry, const struct code_view *code,
                       json_t **ret_thing);
#endif
