/* link_find.h - the stored link that an operator or a token's holder names, whatever became of the key that signed it. */
#ifndef REGISTRY_LINK_FIND_H
#define REGISTRY_LINK_FIND_H
#include "core/registry/draft.h"
#include "core/registry/registry.h"

/* `text`: a code, o/TOKEN, TOKEN, a URL of ours, or a link id (16 hex digits). The record is the caller's. A genuine token
 * that was never clicked has no record yet: *ret_record is the one that its first click would make.
 * JALON_NOT_FOUND. */
CHECKED int link_find(const struct registry *registry, struct draft *draft, struct slice text,
                      uint64_t *ret_link_id, json_t **ret_record);
#endif
