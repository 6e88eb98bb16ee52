#include "core/registry/conversion_record.h"

#include "core/base/json_out.h"
#include "core/registry/view_reader.h"

static void put_text_if_any(struct json_out *json, const char *name, struct slice text)
{
    if (text.size)
        json_out_text(json, name, text);
}

static void write_click(struct buffer *out, const struct click_evidence *click)
{
    struct json_out json;
    json_out_start(&json, out);
    json_out_text(&json, "id", click->click_id);
    json_out_text(&json, "verdict", slice_of_string(verdict_name(click->verdict)));
    if (click->at_ms)
        json_out_number(&json, "at_ms", click->at_ms);
    if (click->link_id) {
        char id[LINK_ID_TEXT + 1];
        link_id_format(id, click->link_id);
        json_out_text(&json, "link", slice_of(id, LINK_ID_TEXT));
    }
    put_text_if_any(&json, "creator", click->creator);
    put_text_if_any(&json, "channel", click->channel);
    json_out_end(&json);
}

static void write_clicks(struct buffer *out, const struct evidence *evidence)
{
    for (size_t i = 0; i < evidence->click_count; i++) {
        buffer_append_byte(out, i ? ',' : '[');
        write_click(out, &evidence->clicks[i]);
    }
    buffer_append_byte(out, ']');
}

static void write_code(struct buffer *out, const struct order *order,
                       const struct order_evidence *judged)
{
    const struct code_evidence *code = &judged->evidence.code;
    struct json_out json;
    json_out_start(&json, out);
    json_out_text(&json, "text", order->code);
    json_out_text(&json, "folded", code->code);
    json_out_text(&json, "verdict", slice_of_string(verdict_name(code->verdict)));
    put_text_if_any(&json, "creator", code->creator);
    if (judged->is_code_disabled)
        json_out_raw(&json, "disabled", SLICE("true"));
    if (judged->is_code_over_limit)
        json_out_raw(&json, "over_limit", SLICE("true"));
    put_text_if_any(&json, "redemption", slice_of_string(judged->redemption));
    json_out_end(&json);
}

void conversion_record_write(struct buffer *out, const char *source, int64_t now_ms,
                             const struct order *order, const struct order_evidence *judged)
{
    struct json_out json;
    json_out_start(&json, out);
    json_out_number(&json, "v", RECORD_VERSION);
    json_out_text(&json, "order_id", order->order_id);
    json_out_text(&json, "type", order->type);
    if (order->has_amount)
        json_out_number(&json, "amount_minor", order->amount_minor);
    json_out_text(&json, "currency", order->campaign->currency);
    json_out_text(&json, "status", slice_of_string(conversion_status_name(order->status)));
    json_out_number(&json, "occurred_ms", order->occurred_ms);
    json_out_number(&json, "recorded_ms", now_ms);
    if (source)
        json_out_text(&json, "source", slice_of_string(source));
    if (order->click_count) {
        json_out_name(&json, "clicks");
        write_clicks(out, &judged->evidence);
    }
    if (order->code.size) {
        json_out_name(&json, "code");
        write_code(out, order, judged);
    }
    json_out_end(&json);
}
