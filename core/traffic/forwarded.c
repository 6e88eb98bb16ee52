/* forwarded.c - the visitor's address behind trusted proxies.
 *
 * The walk goes from the right, since only what our own proxies wrote is to be believed. Here it is
 * done from the left, in one pass and without memory: `found` is the address at which the walk from
 * the right would end if the elements still to come were all trusted. */
#include "core/traffic/address.h"

struct walk {
    const struct network_set *trusted;
    struct address found;
    bool is_found;
};

static void walk_on(struct walk *walk, const struct address *address, int err)
{
    if (err) {
        walk->is_found = false; /* nothing left of a malformed element counts */
        return;
    }
    if (walk->is_found && network_set_contains(walk->trusted, address))
        return;
    walk->found = *address;
    walk->is_found = true;
}

static void walk_x_forwarded_for(struct walk *walk, struct slice list)
{
    while (list.size) {
        struct slice element = slice_trim(slice_take(&list, ','));
        if (element.size == 0) /* RFC 9110 section 5.6.1.2: empty elements are ignored */
            continue;
        struct address address = {{0}};
        int err = address_parse(&address, element);
        walk_on(walk, &address, err);
    }
}

/* Takes the bytes before the first `separator` outside a quoted string off *rest. */
static struct slice take_unquoted(struct slice *rest, char separator)
{
    bool is_quoted = false;
    size_t i = 0;
    for (; i < rest->size; i++) {
        char c = rest->data[i];
        if (is_quoted && c == '\\')
            i++;
        else if (c == '"')
            is_quoted = !is_quoted;
        else if (c == separator && !is_quoted)
            break;
    }
    struct slice taken = slice_first(*rest, i);
    *rest = slice_from(*rest, i + 1);
    return taken;
}

/* No address needs an escape within its quotes, so one that has any is malformed. */
static struct slice unquote(struct slice value)
{
    if (value.size < 2 || value.data[0] != '"' || value.data[value.size - 1] != '"')
        return value;
    return slice_from(slice_first(value, value.size - 1), 1);
}

/* The address of one forwarded-element (RFC 7239 section 4); "unknown" and "_hidden" are none. */
static int parse_element(struct address *ret_address, struct slice element)
{
    while (element.size) {
        struct slice pair = slice_trim(take_unquoted(&element, ';'));
        if (!slice_starts_nocase(pair, SLICE("for=")))
            continue;
        return address_parse(ret_address, unquote(slice_from(pair, sizeof "for=" - 1)));
    }
    return JALON_MALFORMED;
}

static void walk_forwarded(struct walk *walk, struct slice list)
{
    while (list.size) {
        struct slice element = slice_trim(take_unquoted(&list, ','));
        if (element.size == 0)
            continue;
        struct address address = {{0}};
        int err = parse_element(&address, element);
        walk_on(walk, &address, err);
    }
}

struct address address_of_visitor(const struct address *peer, const struct network_set *trusted,
                                  struct slice x_forwarded_for, struct slice forwarded)
{
    if (!network_set_contains(trusted, peer))
        return *peer;
    struct walk walk = {.trusted = trusted};
    if (x_forwarded_for.size)
        walk_x_forwarded_for(&walk, x_forwarded_for);
    else
        walk_forwarded(&walk, forwarded);
    return walk.is_found ? walk.found : *peer;
}
