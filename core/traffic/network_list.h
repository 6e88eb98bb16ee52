/* network_list.h - networks by number (ASN) and by range, from a text file: the hosting providers,
 * the consumer relays.
 *
 * One network a line: "AS16509" or a CIDR; what follows a comma or space on the line is a remark, so
 * that a published CSV of ranges (Apple's egress-ip-ranges.csv) is read as it comes; '#' begins a
 * comment. */
#ifndef TRAFFIC_NETWORK_LIST_H
#define TRAFFIC_NETWORK_LIST_H
#include "core/traffic/address.h"

struct network_list { /* heap; {0} is empty */
    struct network_set networks;
    uint32_t *asns; /* sorted */
    size_t asn_count, asn_capacity;
};

/* JALON_MALFORMED (*ret_line names the line when not NULL), JALON_NO_MEMORY. */
CHECKED int network_list_parse(struct network_list *ret_list, struct slice text,
                               unsigned *ret_line);
/* `asn` 0 is unknown and in no list. No allocation. */
bool network_list_has(const struct network_list *list, const struct address *address, uint32_t asn);
void network_list_done(struct network_list *list);
#endif
