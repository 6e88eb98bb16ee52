/* network.c - ranges of addresses, and sets of them.
 *
 * Invariant of a set: `networks` is sorted, IPv4 before IPv6 and then by base, and none lies inside
 * another. Ranges in CIDR form nest or are disjoint, so the only one that can hold an address is the
 * last whose base is not above it. */
#include "core/traffic/address.h"
#include "core/base/array.h"

#include <stdlib.h>

#define V4_OFFSET_BITS 96

static bool network_is_v4(const struct network *network)
{
    return network->prefix_bits >= V4_OFFSET_BITS && address_is_v4(&network->base);
}

static bool bits_equal(const uint8_t *a, const uint8_t *b, unsigned bits)
{
    unsigned whole = bits / 8, rest = bits % 8;
    if (memcmp(a, b, whole) != 0)
        return false;
    return rest == 0 || (a[whole] ^ b[whole]) >> (8 - rest) == 0;
}

static bool has_bits_after(const struct address *address, unsigned prefix_bits)
{
    for (unsigned bit = prefix_bits; bit < 128; bit++)
        if (address->bytes[bit / 8] >> (7 - bit % 8) & 1)
            return true;
    return false;
}

int network_parse(struct network *ret_network, struct slice text)
{
    size_t slash = slice_find(text, '/', 0);
    struct slice base = slice_first(text, slash);
    size_t colon = slice_find(base, ':', 0);
    bool is_dotted = colon == base.size;
    bool has_port = !is_dotted && slice_find(base, ':', colon + 1) == base.size;
    struct network network = {.prefix_bits = 128};
    if (has_port || slice_find(base, '[', 0) < base.size || address_parse(&network.base, base))
        return JALON_MALFORMED;
    if (slash < text.size) {
        uint64_t bits;
        struct slice digits = slice_from(text, slash + 1);
        if (digits.size > 3 || slice_to_u64(&bits, digits, is_dotted ? 32 : 128))
            return JALON_MALFORMED;
        network.prefix_bits = (unsigned)bits + (is_dotted ? V4_OFFSET_BITS : 0);
    }
    if (has_bits_after(&network.base, network.prefix_bits)) /* 10.0.0.1/8: which was meant? */
        return JALON_MALFORMED;
    *ret_network = network;
    return JALON_OK;
}

bool network_contains(const struct network *network, const struct address *address)
{
    /* ::/0 is all of IPv6, and not IPv4, though we write that inside ::ffff:0:0/96. */
    if (address_is_v4(address) && !network_is_v4(network))
        return false;
    return bits_equal(network->base.bytes, address->bytes, network->prefix_bits);
}

static int compare(const struct network *a, const struct network *b)
{
    int family = (int)network_is_v4(b) - (int)network_is_v4(a);
    if (family)
        return family;
    int base = memcmp(a->base.bytes, b->base.bytes, sizeof a->base.bytes);
    return base ? base : (int)a->prefix_bits - (int)b->prefix_bits;
}

static int compare_for_qsort(const void *a, const void *b)
{
    return compare(a, b);
}

static void remove_nested(struct network_set *set)
{
    size_t kept = 0;
    for (size_t i = 0; i < set->count; i++) {
        const struct network *network = &set->networks[i];
        if (kept == 0 || !network_contains(&set->networks[kept - 1], &network->base))
            set->networks[kept++] = *network;
    }
    set->count = kept;
}

int network_set_add(struct network_set *set, const struct network *network)
{
    int err = array_reserve((void **)&set->networks, &set->capacity, set->count + 1,
                            sizeof *set->networks);
    if (err)
        return err;
    set->networks[set->count++] = *network;
    return JALON_OK;
}

static bool is_separator(char c)
{
    return c == ',' || c == ' ' || c == '\t' || c == '\r';
}

/* Takes the next word off *line; empty at the end of the line or at its comment. */
static struct slice take_word(struct slice *line)
{
    size_t start = 0;
    while (start < line->size && is_separator(line->data[start]))
        start++;
    size_t end = start;
    while (end < line->size && !is_separator(line->data[end]) && line->data[end] != '#')
        end++;
    struct slice word = slice_from(slice_first(*line, end), start);
    *line = slice_from(*line, end);
    return word;
}

static int parse_line(struct network_set *set, struct slice line)
{
    for (;;) {
        struct slice word = take_word(&line);
        if (word.size == 0)
            return JALON_OK;
        struct network network;
        int err = network_parse(&network, word);
        if (!err)
            err = network_set_add(set, &network);
        if (err)
            return err;
    }
}

void network_set_sort(struct network_set *set)
{
    if (set->count == 0)
        return;
    qsort(set->networks, set->count, sizeof *set->networks, compare_for_qsort);
    remove_nested(set);
}

int network_set_parse(struct network_set *ret_set, struct slice text)
{
    struct network_set set = {0};
    while (text.size) {
        int err = parse_line(&set, slice_take(&text, '\n'));
        if (err) {
            network_set_done(&set);
            return err;
        }
    }
    network_set_sort(&set);
    *ret_set = set;
    return JALON_OK;
}

bool network_set_contains(const struct network_set *set, const struct address *address)
{
    const struct network wanted = {*address, 128};
    size_t low = 0, high = set->count; /* the first `low` are not above, from `high` on they are */
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (compare(&set->networks[middle], &wanted) <= 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low > 0 && network_contains(&set->networks[low - 1], address);
}

void network_set_done(struct network_set *set)
{
    free(set->networks);
    *set = (struct network_set){0};
}
