/* link_name.h - which link somebody means by a code, a path or a URL of ours. */
#ifndef REGISTRY_LINK_NAME_H
#define REGISTRY_LINK_NAME_H
#include "core/registry/registry.h"
#include "core/sign/token.h"

enum link_kind { LINK_SIGNED, LINK_VANITY, LINK_PORTABLE };

struct link_name { /* don't copy: the token's slices point into it */
    enum link_kind kind;
    char code[65]; /* as stored; "" of a portable one */
    uint64_t link_id;
    struct token token; /* of a portable one */
};

/* JALON_BAD_SIGNATURE: of ours by its shape, with *ret_kind set, but the signature does not hold; JALON_MALFORMED:
 * of no link's shape. Looks nothing up. */
CHECKED int link_name_read(struct link_name *ret_name, enum link_kind *ret_kind,
                           const struct registry *registry, struct slice text);
/* The path behind our own domain, without its first slash and its query; `text` itself when it is a path. */
struct slice link_name_path(const struct registry *registry, struct slice text);
const char *link_kind_name(enum link_kind kind); /* "signed", "vanity", "portable" */
#endif
