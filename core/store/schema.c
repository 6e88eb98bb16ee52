#include "core/store/schema.h"

#include "core/base/encoding.h"

#include <assert.h>

struct key_builder {
    struct key key;
    struct buffer text;
};

static void builder_start(struct key_builder *builder, const char *prefix)
{
    builder->key.size = 0;
    buffer_over(&builder->text, builder->key.text, sizeof builder->key.text - 1);
    buffer_append_string(&builder->text, prefix);
}

static struct key builder_end(struct key_builder *builder)
{
    bool is_whole = buffer_error(&builder->text) == JALON_OK;
    assert(is_whole);
    builder->key.size = is_whole ? builder->text.size : 0;
    builder->key.text[builder->key.size] = '\0';
    return builder->key;
}

static struct key key_of_setup(const char *name, struct slice rest)
{
    struct key_builder builder;
    builder_start(&builder, "jalon:{s}:");
    buffer_append_string(&builder.text, name);
    buffer_append(&builder.text, rest);
    return builder_end(&builder);
}

static void append_day(struct buffer *text, int32_t day)
{
    if (day < 0)
        buffer_append_byte(text, '-');
    buffer_append_u64(text, day < 0 ? (uint64_t) - (int64_t)day : (uint64_t)day);
}

static void partition_start(struct key_builder *builder, unsigned partition, const char *name)
{
    char tag[] = "jalon:{p00}:";
    tag[8] = (char)('0' + partition / 10 % 10);
    tag[9] = (char)('0' + partition % 10);
    builder_start(builder, tag);
    buffer_append_string(&builder->text, name);
}

static void link_start(struct key_builder *builder, uint64_t link_id, const char *name)
{
    partition_start(builder, schema_partition(link_id), name);
    char text[LINK_ID_TEXT + 1];
    link_id_format(text, link_id);
    buffer_append(&builder->text, slice_of(text, LINK_ID_TEXT));
}

static struct key key_of_partition(unsigned partition, const char *name, struct slice rest)
{
    struct key_builder builder;
    partition_start(&builder, partition, name);
    buffer_append(&builder.text, rest);
    return builder_end(&builder);
}

static struct key key_of_link_day(uint64_t link_id, const char *name, int32_t day)
{
    struct key_builder builder;
    link_start(&builder, link_id, name);
    buffer_append_byte(&builder.text, ':');
    append_day(&builder.text, day);
    return builder_end(&builder);
}

static struct key key_of_brand(struct slice brand, const char *name, struct slice campaign)
{
    struct key_builder builder;
    builder_start(&builder, "jalon:{b.");
    buffer_append(&builder.text, brand);
    buffer_append_string(&builder.text, "}:");
    buffer_append_string(&builder.text, name);
    buffer_append(&builder.text, campaign);
    return builder_end(&builder);
}

struct key key_campaigns(void)
{
    return key_of_setup("campaigns", SLICE_NONE);
}

struct key key_creators(void)
{
    return key_of_setup("creators", SLICE_NONE);
}

struct key key_tokens(void)
{
    return key_of_setup("tokens", SLICE_NONE);
}

struct key key_serials(void)
{
    return key_of_setup("serials", SLICE_NONE);
}

struct key key_folders(void)
{
    return key_of_setup("folders", SLICE_NONE);
}

struct key key_ring_ids(void)
{
    return key_of_setup("ring", SLICE_NONE);
}

struct key key_costs(struct slice campaign)
{
    return key_of_setup("costs:", campaign);
}

struct key key_posts(struct slice campaign)
{
    return key_of_setup("posts:", campaign);
}

struct key key_links(unsigned partition)
{
    return key_of_partition(partition, "links", SLICE_NONE);
}

struct key key_links_of(unsigned partition, struct slice campaign)
{
    return key_of_partition(partition, "links_of:", campaign);
}

struct key key_days(uint64_t link_id)
{
    struct key_builder builder;
    link_start(&builder, link_id, "days:");
    return builder_end(&builder);
}

struct key key_quarter_hours(uint64_t link_id, int32_t day)
{
    return key_of_link_day(link_id, "quarter_hours:", schema_block(day));
}

struct key key_visitors(uint64_t link_id, int32_t day)
{
    return key_of_link_day(link_id, "visitors:", day);
}

struct key key_sealed_visitors(uint64_t link_id, int32_t day)
{
    return key_of_link_day(link_id, "sealed_visitors:", schema_block(day));
}

struct key key_sealing_until(unsigned partition)
{
    return key_of_partition(partition, "sealing_until", SLICE_NONE);
}

struct key key_sealed_until(unsigned partition)
{
    return key_of_partition(partition, "sealed_until", SLICE_NONE);
}

struct key key_sealing(unsigned partition)
{
    return key_of_partition(partition, "sealing", SLICE_NONE);
}

struct key key_clicks(unsigned partition, int32_t day)
{
    struct key_builder builder;
    partition_start(&builder, partition, "clicks:");
    append_day(&builder.text, day);
    return builder_end(&builder);
}

struct key key_positions(unsigned partition)
{
    return key_of_partition(partition, "positions", SLICE_NONE);
}

struct key key_gaps(unsigned partition)
{
    return key_of_partition(partition, "gaps", SLICE_NONE);
}

struct key key_closing(unsigned partition)
{
    return key_of_partition(partition, "closing", SLICE_NONE);
}

struct key key_codes(struct slice brand)
{
    return key_of_brand(brand, "codes", SLICE_NONE);
}

struct key key_codes_of(struct slice brand, struct slice campaign)
{
    return key_of_brand(brand, "codes_of:", campaign);
}

struct key key_redemptions(struct slice brand, struct slice folded_code)
{
    return key_of_brand(brand, "redemptions:", folded_code);
}

struct key key_limits(struct slice brand)
{
    return key_of_brand(brand, "limits", SLICE_NONE);
}

struct key key_orders(struct slice brand, struct slice campaign)
{
    return key_of_brand(brand, "orders:", campaign);
}

struct key key_order_times(struct slice brand, struct slice campaign)
{
    return key_of_brand(brand, "order_times:", campaign);
}

void link_id_format(char ret_text[LINK_ID_TEXT + 1], uint64_t link_id)
{
    for (int i = LINK_ID_TEXT - 1; i >= 0; i--) {
        ret_text[i] = "0123456789abcdef"[link_id & 15];
        link_id >>= 4;
    }
    ret_text[LINK_ID_TEXT] = '\0';
}

int link_id_parse(uint64_t *ret_link_id, struct slice text)
{
    uint8_t bytes[LINK_ID_TEXT / 2];
    int err = hex_decode(bytes, sizeof bytes, text);
    if (err)
        return err;
    uint64_t link_id = 0;
    for (size_t i = 0; i < sizeof bytes; i++)
        link_id = link_id << 8 | bytes[i];
    *ret_link_id = link_id;
    return JALON_OK;
}
