/* Version 1. Numbers are varints (7 bits a byte, least first, the top bit: more follow) unless a size in bytes
 * is given (little-endian then):
 *
 *     version, 1 byte
 *     number of clicks
 *     number of links, then each link id, 8 bytes
 *     number of profiles, then each: class, reason, device, system, app, network, country (2 bytes),
 *         1 if a visitor is known, key id (4 bytes): 13 bytes
 *     number of sources, then each: its size, 1 byte, and its bytes
 *     for each click:
 *         link, profile, source: numbers in the tables above
 *         time in ms less that of the click before it (0 before the first), zigzag
 *         nonce, 8 bytes
 *         visitor, 8 bytes, where one is known
 *     checksum of all before it: the low half of XXH3-64, 4 bytes
 *
 * What a batch repeats (links, agents, places, referrers) costs a byte or two; a click of a known visitor is
 * about 24 bytes in a full batch. */
#include "core/store/click_pack.h"

#include "core/store/dictionary.h"
#include "core/store/little_endian.h"
#include "core/traffic/click_class.h"

#include <stdlib.h>
#include <xxhash.h>

#define VERSION 1
#define PROFILE_BYTES 13
#define CHECKSUM_BYTES 4

static void append_varint(struct buffer *out, uint64_t value)
{
    uint8_t bytes[10];
    size_t size = 0;
    for (; value > 127; value >>= 7)
        bytes[size++] = (uint8_t)(value | 128);
    bytes[size++] = (uint8_t)value;
    buffer_append(out, slice_of(bytes, size));
}

static void append_u64(struct buffer *out, uint64_t value)
{
    uint8_t bytes[8];
    le64_write(bytes, value);
    buffer_append(out, slice_of(bytes, sizeof bytes));
}

static uint64_t zigzag(int64_t value)
{
    return (uint64_t)value << 1 ^ (uint64_t)(value >> 63);
}

static int64_t unzigzag(uint64_t value)
{
    return (int64_t)(value >> 1 ^ (0 - (value & 1)));
}

struct packer {
    struct dictionary links, profiles, sources;
    uint8_t (*profile_bytes)[PROFILE_BYTES]; /* of each click */
};

static void packer_done(struct packer *packer)
{
    dictionary_done(&packer->links);
    dictionary_done(&packer->profiles);
    dictionary_done(&packer->sources);
    free(packer->profile_bytes);
}

static int packer_init(struct packer *packer, size_t count)
{
    *packer = (struct packer){.profile_bytes = calloc(count ? count : 1, PROFILE_BYTES)};
    int err = packer->profile_bytes ? JALON_OK : JALON_NO_MEMORY;
    if (!err)
        err = dictionary_init(&packer->links, count);
    if (!err)
        err = dictionary_init(&packer->profiles, count);
    if (!err)
        err = dictionary_init(&packer->sources, count);
    if (err)
        packer_done(packer);
    return err;
}

static void profile_write(uint8_t *ret_bytes, const struct click_record *click)
{
    ret_bytes[0] = click->class;
    ret_bytes[1] = click->reason;
    ret_bytes[2] = click->device;
    ret_bytes[3] = click->system;
    ret_bytes[4] = click->app;
    ret_bytes[5] = click->network;
    ret_bytes[6] = (uint8_t)click->country[0];
    ret_bytes[7] = (uint8_t)click->country[1];
    ret_bytes[8] = click->visitor != 0;
    le32_write(ret_bytes + 9, click->key_id);
}

static size_t link_index(struct packer *packer, const struct click_record *click)
{
    return dictionary_index(&packer->links, slice_of(&click->link_id, sizeof click->link_id));
}

static size_t profile_index(struct packer *packer, size_t number)
{
    return dictionary_index(&packer->profiles,
                            slice_of(packer->profile_bytes[number], PROFILE_BYTES));
}

static size_t source_index(struct packer *packer, const struct click_record *click)
{
    return dictionary_index(&packer->sources, slice_first(click->source, CLICK_SOURCE_MAX));
}

static void append_tables(struct buffer *out, const struct packer *packer)
{
    append_varint(out, packer->links.count);
    for (size_t i = 0; i < packer->links.count; i++) {
        uint64_t link_id;
        memcpy(&link_id, packer->links.items[i].data, sizeof link_id);
        append_u64(out, link_id);
    }
    append_varint(out, packer->profiles.count);
    for (size_t i = 0; i < packer->profiles.count; i++)
        buffer_append(out, packer->profiles.items[i]);
    append_varint(out, packer->sources.count);
    for (size_t i = 0; i < packer->sources.count; i++) {
        buffer_append_byte(out, (char)packer->sources.items[i].size);
        buffer_append(out, packer->sources.items[i]);
    }
}

int click_pack_write(struct buffer *out, const struct click_record *clicks, size_t count)
{
    if (count > CLICK_PACK_CLICKS_MAX)
        return JALON_FULL;
    struct packer packer;
    int err = packer_init(&packer, count);
    if (err)
        return err;
    for (size_t i = 0; i < count; i++) {
        profile_write(packer.profile_bytes[i], &clicks[i]);
        (void)link_index(&packer, &clicks[i]); /* numbered now, written below */
        (void)profile_index(&packer, i);
        (void)source_index(&packer, &clicks[i]);
    }
    size_t start = out->size;
    buffer_append_byte(out, VERSION);
    append_varint(out, count);
    append_tables(out, &packer);
    int64_t before_ms = 0;
    for (size_t i = 0; i < count; i++) {
        append_varint(out, link_index(&packer, &clicks[i]));
        append_varint(out, profile_index(&packer, i));
        append_varint(out, source_index(&packer, &clicks[i]));
        append_varint(out, zigzag((int64_t)((uint64_t)clicks[i].at_ms - (uint64_t)before_ms)));
        before_ms = clicks[i].at_ms;
        append_u64(out, clicks[i].nonce);
        if (clicks[i].visitor)
            append_u64(out, clicks[i].visitor);
    }
    packer_done(&packer);
    if (buffer_error(out))
        return buffer_error(out);
    uint8_t checksum[CHECKSUM_BYTES];
    le32_write(checksum, (uint32_t)XXH3_64bits(out->data + start, out->size - start));
    buffer_append(out, slice_of(checksum, sizeof checksum));
    return buffer_error(out);
}

/* A pack being read. Takes past its end give zeros and set is_bad, looked at once a click. */
struct unpacker {
    struct slice rest;
    bool is_bad;
    size_t count;
    const char *links, *profiles;
    size_t link_count, profile_count, source_count;
    struct slice *sources;
};

static struct slice take(struct unpacker *unpacker, uint64_t size)
{
    static const char zeros[8];
    if (size > unpacker->rest.size) {
        unpacker->is_bad = true;
        unpacker->rest = SLICE_NONE;
        return slice_of(zeros, size <= sizeof zeros ? size : 0);
    }
    struct slice taken = slice_first(unpacker->rest, size);
    unpacker->rest = slice_from(unpacker->rest, size);
    return taken;
}

static uint64_t take_varint(struct unpacker *unpacker)
{
    uint64_t value = 0;
    for (unsigned shift = 0; shift < 64; shift += 7) {
        uint8_t byte = (uint8_t)take(unpacker, 1).data[0];
        value |= (uint64_t)(byte & 127) << shift;
        if (!(byte & 128))
            return value;
    }
    unpacker->is_bad = true;
    return 0;
}

/* A number of things of `size` bytes each at least, so never more than the rest can hold. */
static size_t take_count(struct unpacker *unpacker, size_t size)
{
    uint64_t count = take_varint(unpacker);
    if (count <= CLICK_PACK_CLICKS_MAX && count * size <= unpacker->rest.size)
        return count;
    unpacker->is_bad = true;
    return 0;
}

static int unpacker_init(struct unpacker *unpacker, struct slice pack)
{
    *unpacker = (struct unpacker){.rest = pack};
    if (take(unpacker, 1).data[0] != VERSION)
        return JALON_DAMAGED;
    unpacker->count = take_count(unpacker, 1);
    unpacker->link_count = take_count(unpacker, 8);
    unpacker->links = take(unpacker, unpacker->link_count * 8).data;
    unpacker->profile_count = take_count(unpacker, PROFILE_BYTES);
    unpacker->profiles = take(unpacker, unpacker->profile_count * PROFILE_BYTES).data;
    unpacker->source_count = take_count(unpacker, 1);
    if (unpacker->is_bad)
        return JALON_DAMAGED;
    unpacker->sources = calloc(unpacker->source_count + 1, sizeof *unpacker->sources);
    if (!unpacker->sources)
        return JALON_NO_MEMORY;
    for (size_t i = 0; i < unpacker->source_count; i++) {
        uint8_t size = (uint8_t)take(unpacker, 1).data[0];
        unpacker->sources[i] = take(unpacker, size);
        unpacker->is_bad |= size > CLICK_SOURCE_MAX;
    }
    return unpacker->is_bad ? JALON_DAMAGED : JALON_OK;
}

static int take_click(struct click_record *click, struct unpacker *unpacker)
{
    uint64_t link = take_varint(unpacker), profile = take_varint(unpacker);
    uint64_t source = take_varint(unpacker);
    int64_t delta_ms = unzigzag(take_varint(unpacker));
    if (unpacker->is_bad || link >= unpacker->link_count || profile >= unpacker->profile_count ||
        source >= unpacker->source_count)
        return JALON_DAMAGED;
    const uint8_t *fields = (const uint8_t *)unpacker->profiles + profile * PROFILE_BYTES;
    if (fields[0] < 1 || fields[0] > CLICK_CLASS_MAX)
        return JALON_DAMAGED;
    int64_t at_ms = (int64_t)((uint64_t)click->at_ms + (uint64_t)delta_ms);
    *click = (struct click_record){
        .link_id = le64_read(unpacker->links + link * 8),
        .at_ms = at_ms,
        .nonce = le64_read(take(unpacker, 8).data),
        .class = fields[0],
        .reason = fields[1],
        .device = fields[2],
        .system = fields[3],
        .app = fields[4],
        .network = fields[5],
        .country = {(char)fields[6], (char)fields[7]},
        .key_id = le32_read(fields + 9),
        .source = unpacker->sources[source],
    };
    if (fields[8])
        click->visitor = le64_read(take(unpacker, 8).data);
    return unpacker->is_bad ? JALON_DAMAGED : JALON_OK;
}

/* All clicks, without `visit` just to see that they are well-formed. */
static int walk(struct unpacker unpacker, click_visit *visit, void *context)
{
    struct click_record click = {0};
    for (size_t i = 0; i < unpacker.count; i++) {
        int err = take_click(&click, &unpacker);
        if (!err && visit)
            err = visit(context, &click);
        if (err)
            return err;
    }
    return unpacker.rest.size ? JALON_DAMAGED : JALON_OK;
}

int click_pack_each(struct slice pack, click_visit *visit, void *context)
{
    if (pack.size < CHECKSUM_BYTES)
        return JALON_DAMAGED;
    struct slice content = slice_first(pack, pack.size - CHECKSUM_BYTES);
    uint32_t checksum = le32_read(pack.data + content.size);
    if (checksum != (uint32_t)XXH3_64bits(content.data, content.size))
        return JALON_DAMAGED;
    struct unpacker unpacker;
    int err = unpacker_init(&unpacker, content);
    if (!err)
        err = walk(unpacker, NULL, NULL);
    if (!err)
        err = walk(unpacker, visit, context);
    free(unpacker.sources);
    return err;
}
