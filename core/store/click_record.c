/* Version 1, little-endian, 46 bytes and the source:
 *
 *      0  version        4  system           8  link id, 8      40  key id, 4
 *      1  class          5  app             16  nonce, 8        44  country, 2
 *      2  reason         6  network         24  visitor, 8      46  source
 *      3  device         7  source's size   32  at_ms, 8
 *
 * Values of device, system, app, network and reason that this version does not know are kept as they
 * are: their lists only ever grow. */
#include "core/store/click_record.h"

#include "core/store/little_endian.h"
#include "core/traffic/click_class.h"

#define VERSION 1
#define HEAD 46

void click_record_write(struct buffer *out, const struct click_record *click)
{
    struct slice source = slice_first(click->source, CLICK_SOURCE_MAX);
    uint8_t *at = (uint8_t *)buffer_reserve(out, HEAD + source.size);
    if (!at)
        return;
    at[0] = VERSION;
    at[1] = click->class;
    at[2] = click->reason;
    at[3] = click->device;
    at[4] = click->system;
    at[5] = click->app;
    at[6] = click->network;
    at[7] = (uint8_t)source.size;
    le64_write(at + 8, click->link_id);
    le64_write(at + 16, click->nonce);
    le64_write(at + 24, click->visitor);
    le64_write(at + 32, (uint64_t)click->at_ms);
    le32_write(at + 40, click->key_id);
    memcpy(at + 44, click->country, sizeof click->country);
    if (source.size)
        memcpy(at + HEAD, source.data, source.size);
    buffer_grew(out, HEAD + source.size);
}

int click_record_read(struct click_record *ret_click, struct slice bytes)
{
    const uint8_t *at = (const uint8_t *)bytes.data;
    if (bytes.size < HEAD || at[0] != VERSION || bytes.size != (size_t)HEAD + at[7])
        return JALON_DAMAGED;
    if (at[1] < 1 || at[1] > CLICK_CLASS_MAX || at[7] > CLICK_SOURCE_MAX)
        return JALON_DAMAGED;
    *ret_click = (struct click_record){
        .link_id = le64_read(at + 8),
        .nonce = le64_read(at + 16),
        .visitor = le64_read(at + 24),
        .at_ms = (int64_t)le64_read(at + 32),
        .class = at[1],
        .reason = at[2],
        .device = at[3],
        .system = at[4],
        .app = at[5],
        .network = at[6],
        .key_id = le32_read(at + 40),
        .country = {bytes.data[44], bytes.data[45]},
        .source = slice_from(bytes, HEAD),
    };
    return JALON_OK;
}
