#include "core/traffic/address.h"

#include <arpa/inet.h>

#define PORT_DIGITS_MAX 5

static const uint8_t mapped_prefix[12] = {[10] = 0xff, [11] = 0xff};

/* What IANA's special-purpose registries (RFC 6890 and its updates) call not globally reachable,
 * multicast, and what is reserved. */
static const struct {
    uint32_t base, mask;
} special_v4[] = {
#define V4(a, b, c, d, bits)                                                                       \
    {                                                                                              \
        (uint32_t)(a) << 24 | (uint32_t)(b) << 16 | (uint32_t)(c) << 8 | (d),                      \
            UINT32_MAX << (32 - (bits))                                                            \
    }
    V4(0, 0, 0, 0, 8),       /* "this network" */
    V4(10, 0, 0, 0, 8),      /* private, RFC 1918 */
    V4(100, 64, 0, 0, 10),   /* CGNAT, RFC 6598 */
    V4(127, 0, 0, 0, 8),     /* loopback */
    V4(169, 254, 0, 0, 16),  /* link-local */
    V4(172, 16, 0, 0, 12),   /* private */
    V4(192, 0, 0, 0, 24),    /* protocol assignments */
    V4(192, 0, 2, 0, 24),    /* documentation, RFC 5737 */
    V4(192, 88, 99, 0, 24),  /* 6to4 relays, deprecated */
    V4(192, 168, 0, 0, 16),  /* private */
    V4(198, 18, 0, 0, 15),   /* benchmarks */
    V4(198, 51, 100, 0, 24), /* documentation */
    V4(203, 0, 113, 0, 24),  /* documentation */
    V4(224, 0, 0, 0, 4),     /* multicast */
    V4(240, 0, 0, 0, 4),     /* reserved, broadcast */
#undef V4
};

static const struct network special_v6[] = {
    {{{[15] = 0}}, 128},                 /* unspecified */
    {{{[15] = 1}}, 128},                 /* loopback */
    {{{0, 0x64, 0xff, 0x9b, 0, 1}}, 48}, /* local NAT64, RFC 8215 */
    {{{0x01, 0x00}}, 64},                /* discard, RFC 6666 */
    {{{0x20, 0x01, 0x00, 0x00}}, 23},    /* Teredo, ORCHID … */
    {{{0x20, 0x01, 0x0d, 0xb8}}, 32},    /* documentation */
    {{{0x3f, 0xff}}, 20},                /* documentation, RFC 9637 */
    {{{0x5f, 0x00}}, 16},                /* segment routing */
    {{{0xfc}}, 7},                       /* unique local */
    {{{0xfe, 0x80}}, 10},                /* link-local */
    {{{0xfe, 0xc0}}, 10},                /* site-local, deprecated */
    {{{0xff}}, 8},                       /* multicast */
};

/* inet_pton() wants a NUL, and stops at one: neither may come from the text itself. */
static bool parse_family(int family, void *ret_bytes, struct slice text)
{
    char copy[ADDRESS_TEXT_MAX];
    if (slice_has_control(text) || slice_to_string(copy, sizeof copy, text))
        return false;
    return inet_pton(family, copy, ret_bytes) == 1;
}

static bool parse_v4(struct address *ret_address, struct slice text)
{
    struct address address;
    memcpy(address.bytes, mapped_prefix, sizeof mapped_prefix);
    if (!parse_family(AF_INET, address.bytes + sizeof mapped_prefix, text))
        return false;
    *ret_address = address;
    return true;
}

static bool parse_v6(struct address *ret_address, struct slice text)
{
    struct address address;
    if (!parse_family(AF_INET6, address.bytes, text))
        return false;
    *ret_address = address;
    return true;
}

/* ":port" or nothing. */
static bool is_port_suffix(struct slice text)
{
    uint64_t port;
    if (text.size == 0)
        return true;
    return text.data[0] == ':' && text.size <= 1 + PORT_DIGITS_MAX &&
           !slice_to_u64(&port, slice_from(text, 1), UINT16_MAX);
}

int address_parse(struct address *ret_address, struct slice text)
{
    if (text.size && text.data[0] == '[') {
        size_t end = slice_find(text, ']', 0);
        struct slice inside = slice_from(slice_first(text, end), 1);
        if (end == text.size || !is_port_suffix(slice_from(text, end + 1)))
            return JALON_MALFORMED;
        return parse_v6(ret_address, inside) ? JALON_OK : JALON_MALFORMED;
    }
    size_t colon = slice_find(text, ':', 0);
    if (slice_find(text, ':', colon + 1) < text.size) /* two colons: IPv6, and no room for a port */
        return parse_v6(ret_address, text) ? JALON_OK : JALON_MALFORMED;
    if (!is_port_suffix(slice_from(text, colon)))
        return JALON_MALFORMED;
    return parse_v4(ret_address, slice_first(text, colon)) ? JALON_OK : JALON_MALFORMED;
}

void address_format(const struct address *address, char ret_text[ADDRESS_TEXT_MAX])
{
    /* Neither can fail: the families are known and the room is enough. */
    if (address_is_v4(address))
        (void)inet_ntop(AF_INET, address->bytes + sizeof mapped_prefix, ret_text, ADDRESS_TEXT_MAX);
    else
        (void)inet_ntop(AF_INET6, address->bytes, ret_text, ADDRESS_TEXT_MAX);
}

bool address_is_v4(const struct address *address)
{
    return memcmp(address->bytes, mapped_prefix, sizeof mapped_prefix) == 0;
}

static bool is_special_v4(const struct address *address)
{
    uint32_t bits = 0;
    for (size_t i = 0; i < 4; i++)
        bits = bits << 8 | address->bytes[sizeof mapped_prefix + i];
    bool is_special = false; /* all rows, without a branch: each click comes by here */
    for (size_t i = 0; i < sizeof special_v4 / sizeof *special_v4; i++)
        is_special |= (bits & special_v4[i].mask) == special_v4[i].base;
    return is_special;
}

bool address_is_special(const struct address *address)
{
    if (address_is_v4(address))
        return is_special_v4(address);
    for (size_t i = 0; i < sizeof special_v6 / sizeof *special_v6; i++)
        if (network_contains(&special_v6[i], address))
            return true;
    return false;
}
