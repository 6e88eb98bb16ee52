/* address.h - IP addresses as 16 bytes (IPv4 mapped, RFC 4291 section 2.5.5.2), ranges of them, and the
 * visitor's address behind trusted proxies. */
#ifndef TRAFFIC_ADDRESS_H
#define TRAFFIC_ADDRESS_H
#include "core/base/slice.h"

#define ADDRESS_TEXT_MAX 46

struct address {
    uint8_t bytes[16];
};

struct network {
    struct address base;
    unsigned prefix_bits; /* of 128 */
};

struct network_set { /* heap; a few, or the thousands of a relay's published ranges; {0} is empty */
    struct network *networks;
    size_t count, capacity;
};

/* "192.0.2.1", "2001:db8::1", "[2001:db8::1]", each with an optional ":port" where unambiguous. */
CHECKED int address_parse(struct address *ret_address, struct slice text);
void address_format(const struct address *address, char ret_text[ADDRESS_TEXT_MAX]);
bool address_is_v4(const struct address *address);
/* Private, loopback, link-local, CGNAT, documentation, multicast …: no place to look up. */
bool address_is_special(const struct address *address);

/* CIDR, without bits behind the prefix, or one address without brackets or port. JALON_MALFORMED. */
CHECKED int network_parse(struct network *ret_network, struct slice text);
/* IPv6 networks wider than ::ffff:0:0/96 do not contain IPv4 addresses: ::/0 is IPv6 only. */
bool network_contains(const struct network *network, const struct address *address);

/* Comma-, space- or newline-separated, '#' to end of line is a comment. JALON_MALFORMED. */
CHECKED int network_set_parse(struct network_set *ret_set, struct slice text);
/* A set built by hand: add, then sort once, and only then ask. JALON_NO_MEMORY. */
CHECKED int network_set_add(struct network_set *set, const struct network *network);
void network_set_sort(struct network_set *set);
bool network_set_contains(const struct network_set *set, const struct address *address);
void network_set_done(struct network_set *set);

/* The address that asked: the peer, or, when the peer is in `trusted`, the rightmost address of
 * X-Forwarded-For (or, without one, of Forwarded, RFC 7239) that is not itself trusted. A malformed
 * element ends the walk at the last good one. Several fields of one name are one list: join them with
 * commas (RFC 9110 section 5.3). No allocation. */
struct address address_of_visitor(const struct address *peer, const struct network_set *trusted,
                                  struct slice x_forwarded_for, struct slice forwarded);
#endif
