/* click_pack.h - a batch of raw clicks packed for Redis, at most 48 bytes a click where a batch is full.
 * Format: top of click_pack.c. Click ids are not stored: nonce, time and link are, and the tag is made
 * again from the key ring at export. */
#ifndef STORE_CLICK_PACK_H
#define STORE_CLICK_PACK_H
#include "core/store/click_record.h"

#define CLICK_PACK_CLICKS_MAX 65536

/* Appends the packed form of up to CLICK_PACK_CLICKS_MAX clicks to `out`, in their order. JALON_FULL,
 * JALON_NO_MEMORY. */
CHECKED int click_pack_write(struct buffer *out, const struct click_record *clicks, size_t count);

typedef int click_visit(void *context, const struct click_record *click);
/* Each click, in order; `source` borrows from `pack`. A visit's error ends it and is returned. JALON_DAMAGED on
 * bytes that are no pack: nothing is visited then. */
CHECKED int click_pack_each(struct slice pack, click_visit *visit, void *context);
#endif
