/* geo.h - country and network of an address, from mmdb files (format: MaxMind DB 2.0) and two lists,
 * compiled in and replaceable: the hosting providers and the consumer relays.
 *
 * The files are mapped, not copied: replace one by renaming another over it, never by writing into it
 * (a mapped file that shrinks is a SIGBUS), then open anew. */
#ifndef TRAFFIC_GEO_H
#define TRAFFIC_GEO_H
#include "core/traffic/address.h"

#define GEO_WHY_MAX 256

/* On disk by value: append only. */
enum network_kind { NETWORK_UNKNOWN, NETWORK_CONSUMER, NETWORK_HOSTING, NETWORK_RELAY };

struct place {
    char country[3]; /* ISO 3166-1 alpha-2 and a NUL; "" when unknown */
    uint32_t asn;    /* 0 when unknown */
    uint8_t network; /* enum network_kind */
};

struct geo; /* read-only: shared by threads */

/* Opens the mmdb files that are not NULL or "", with the lists compiled in. The country comes from the
 * country file and, where that knows none, from the city file. On failure *ret_why is a sentence that
 * names the file. JALON_IO, JALON_DAMAGED (not an mmdb, or broken), JALON_UNSUPPORTED (an mmdb that
 * holds no country, or no ASN, where one is wanted), JALON_NO_MEMORY. */
CHECKED int geo_open(struct geo **ret_geo, const char *country, const char *city, const char *asn,
                     char ret_why[GEO_WHY_MAX]);
/* Replaces the list of hosting providers, or of consumer relays, by that of a file (NULL or "" keeps
 * what is there). Format: network_list.h. Not while another thread uses `geo`. On failure nothing
 * changes. JALON_IO, JALON_MALFORMED, JALON_FULL, JALON_NO_MEMORY. */
CHECKED int geo_set_lists(struct geo *geo, const char *hosting, const char *relays,
                          char ret_why[GEO_WHY_MAX]);
struct geo *geo_free(struct geo *geo); /* accepts NULL */

/* Never fails: what is not known stays empty. Special addresses are not looked up. A relay is a relay
 * even when its network is a hosting provider's. `geo` may be NULL. No allocation. */
struct place geo_lookup(const struct geo *geo, const struct address *address);
#endif
