/* Feeds the reader of packed clicks arbitrary bytes. The first byte says whether they get the right checksum behind
 * them, so that what is behind it is reached too. What holds, packed anew, has to be the same clicks. */
#include "core/store/click_pack.h"

#include <stdio.h>
#include <stdlib.h>
#include <xxhash.h>

#define REQUIRE(truth)                                                                             \
    do {                                                                                           \
        if (!(truth)) {                                                                            \
            fprintf(stderr, "not so: %s\n", #truth);                                               \
            abort();                                                                               \
        }                                                                                          \
    } while (0)

#define BYTES_MAX 65536

struct clicks {
    struct click_record items[BYTES_MAX / 8]; /* a click is never less than its nonce */
    size_t count, compared;
};

static int keep(void *context, const struct click_record *click)
{
    struct clicks *clicks = context;
    REQUIRE(clicks->count < BYTES_MAX / 8);
    REQUIRE(click->class >= 1 && click->class <= 6 && click->source.size <= CLICK_SOURCE_MAX);
    clicks->items[clicks->count++] = *click;
    return JALON_OK;
}

static int compare(void *context, const struct click_record *click)
{
    struct clicks *clicks = context;
    const struct click_record *before = &clicks->items[clicks->compared++];
    REQUIRE(click->link_id == before->link_id && click->nonce == before->nonce);
    REQUIRE(click->visitor == before->visitor && click->at_ms == before->at_ms);
    REQUIRE(click->key_id == before->key_id && click->class == before->class);
    REQUIRE(slice_equal(click->source, before->source));
    return JALON_OK;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct clicks clicks;
    static char content[BYTES_MAX];
    if (size < 1 || size + 4 > sizeof content)
        return 0;
    struct slice pack = slice_of(data + 1, size - 1);
    if (data[0] & 1) {
        uint32_t checksum = htole32((uint32_t)XXH3_64bits(data + 1, size - 1));
        memcpy(content, data + 1, size - 1);
        memcpy(content + size - 1, &checksum, sizeof checksum);
        pack = slice_of(content, size + 3);
    }
    clicks.count = clicks.compared = 0;
    int err = click_pack_each(pack, keep, &clicks);
    REQUIRE(!err || err == JALON_DAMAGED);
    REQUIRE(!err || clicks.count == 0); /* nothing of a damaged one is visited */
    if (err)
        return 0;
    struct buffer again;
    buffer_init(&again, 1U << 24);
    REQUIRE(click_pack_write(&again, clicks.items, clicks.count) == JALON_OK);
    REQUIRE(click_pack_each(buffer_slice(&again), compare, &clicks) == JALON_OK);
    REQUIRE(clicks.compared == clicks.count);
    buffer_done(&again);
    return 0;
}
