/* schema.h - the names of keys and how they are grouped: every key that one batch or one write touches
 * shares a hash tag, so one slot of a Redis Cluster. The table of keys: docs/architecture.md. */
#ifndef STORE_SCHEMA_H
#define STORE_SCHEMA_H
#include "core/base/buffer.h"

#define SCHEMA_PARTITIONS 16
#define SCHEMA_KEY_MAX 256
#define SCHEMA_BLOCK_DAYS 32 /* that stand together once they are over, from a multiple of it on */
#define SCHEMA_CHANGED_CHANNEL "jalon:changed"

struct key { /* a key's name in place, NUL-terminated */
    char text[SCHEMA_KEY_MAX];
    size_t size;
};

static inline unsigned schema_partition(uint64_t link_id)
{
    return (unsigned)(link_id % SCHEMA_PARTITIONS);
}

/* The first day of the block that the day is in. */
static inline int32_t schema_block(int32_t day)
{
    return day & ~(SCHEMA_BLOCK_DAYS - 1);
}

static inline struct slice key_slice(const struct key *key)
{
    return slice_of(key->text, key->size);
}

/* Slugs and brands are at most 64 bytes of [a-z0-9-], so every name fits; one that does not (our own
 * mistake) gives the empty key, never a cut one. */
struct key key_campaigns(void);
struct key key_creators(void);
struct key key_tokens(void);
struct key key_serials(void);
struct key key_folders(void);  /* data folders whose redo log it has: see store_presence.h */
struct key key_ring_ids(void); /* which key ring is this installation's */
struct key key_costs(struct slice campaign);
struct key key_posts(struct slice campaign);
struct key key_links(unsigned partition);
struct key key_links_of(unsigned partition, struct slice campaign);
struct key key_days(uint64_t link_id);
struct key key_quarter_hours(uint64_t link_id, int32_t day); /* of the block with that day */
struct key key_visitors(uint64_t link_id, int32_t day);
struct key key_sealed_visitors(uint64_t link_id, int32_t day); /* of the block with that day */
struct key key_sealing_until(unsigned partition); /* a day: what they say stands in store_seal.c */
struct key key_sealed_until(unsigned partition);
struct key key_sealing(unsigned partition); /* never there for long: functions.c */
struct key key_clicks(unsigned partition, int32_t day);
struct key key_positions(unsigned partition);
struct key key_gaps(unsigned partition); /* clicks lost before they were shipped: see functions.c */
struct key key_closing(unsigned partition); /* never there for long: jalon_close in functions.c */
struct key key_codes(struct slice brand);
struct key key_codes_of(struct slice brand, struct slice campaign);
struct key key_redemptions(struct slice brand,
                           struct slice folded_code); /* zset of CAMPAIGN/ORDER_ID */
struct key key_limits(
    struct slice brand); /* hash: the brand's record changes with the codes that have a limit */
struct key key_orders(struct slice brand, struct slice campaign);
struct key key_order_times(struct slice brand, struct slice campaign);

#define LINK_ID_TEXT 16
void link_id_format(char ret_text[LINK_ID_TEXT + 1], uint64_t link_id); /* 16 hex digits, NUL */
CHECKED int link_id_parse(uint64_t *ret_link_id, struct slice text);
#endif
