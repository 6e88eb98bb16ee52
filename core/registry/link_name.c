#include "core/registry/link_name.h"

#include "core/registry/link_slug.h"

const char *link_kind_name(enum link_kind kind)
{
    static const char *const names[] = {"signed", "vanity", "portable"};
    return names[kind];
}

struct slice link_name_path(const struct registry *registry, struct slice text)
{
    struct slice domain = slice_of_string(registry->domain);
    if (domain.size && slice_starts_nocase(text, domain))
        text = slice_from(text, domain.size);
    if (text.size && text.data[0] == '/')
        text = slice_from(text, 1);
    text = slice_first(text, slice_find(text, '#', 0));
    return slice_first(text, slice_find(text, '?', 0));
}

static int read_token(struct link_name *name, const struct registry *registry, struct slice token)
{
    int err = token_read(&name->token, registry->keys, token);
    if (err == JALON_NOT_CANONICAL || err == JALON_TOO_LONG)
        return JALON_BAD_SIGNATURE;
    if (err)
        return err;
    name->code[0] = '\0';
    return token_link_id(&name->link_id, &name->token);
}

static int read_signed(struct link_name *name, const struct registry *registry, struct slice code)
{
    int err = jalon_link_code_verify(registry->keys, code.data, code.size, NULL);
    if (err)
        return err;
    memcpy(name->code, code.data, code.size);
    name->code[code.size] = '\0';
    return link_id_of_code(&name->link_id, code);
}

static int read_vanity(struct link_name *name, struct slice text)
{
    int err = link_slug_fold(name->code, text);
    /* "AbCdEf012345." is no signed code, and nothing else can be of that shape. */
    if (!err && link_slug_is_signed_shape(slice_of_string(name->code)))
        return JALON_MALFORMED;
    return err ? err : link_id_of_code(&name->link_id, slice_of_string(name->code));
}

int link_name_read(struct link_name *ret_name, enum link_kind *ret_kind,
                   const struct registry *registry, struct slice text)
{
    struct slice path = link_name_path(registry, text);
    if (slice_starts(path, SLICE("o/"))) {
        ret_name->kind = *ret_kind = LINK_PORTABLE;
        return read_token(ret_name, registry, slice_from(path, 2));
    }
    if (link_slug_is_signed_shape(path)) {
        ret_name->kind = *ret_kind = LINK_SIGNED;
        return read_signed(ret_name, registry, path);
    }
    ret_name->kind = *ret_kind = LINK_VANITY;
    return read_vanity(ret_name, path);
}
