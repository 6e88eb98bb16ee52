#include "redirector/classify.h"

#include "core/sign/visitor.h"
#include "redirector/recent_clicks.h"
#include "redirector/worker.h"

void classify_decide(const struct agent *agent, bool is_prefetch, const struct place *place,
                     uint8_t *ret_class, uint8_t *ret_reason)
{
    if (agent->class == CLICK_PREVIEW || agent->class == CLICK_BOT) {
        *ret_class = agent->class;
        *ret_reason = agent->reason;
    } else if (is_prefetch) {
        *ret_class = CLICK_PREFETCH;
        *ret_reason = CLICK_REASON_PREFETCH_HEADER;
    } else if (place->network == NETWORK_HOSTING) {
        *ret_class = CLICK_DATACENTER;
        *ret_reason = CLICK_REASON_HOSTING_NETWORK;
    } else {
        *ret_class = CLICK_HUMAN;
        *ret_reason = CLICK_REASON_NONE;
    }
}

/* 0 when it can't be told (the day's key is not there yet): such clicks count and have no duplicates. */
static uint64_t fingerprint_of(const struct exchange *exchange)
{
    const struct worker *worker = exchange->worker;
    uint64_t visitor;
    if (!worker->visitor_keys ||
        visitor_fingerprint(&visitor, worker->visitor_keys, worker->now_ms,
                            exchange->visitor_address.bytes, exchange->request.user_agent) != 0)
        return 0;
    return visitor;
}

void classify_click(struct exchange *exchange, uint64_t link_id, int64_t duplicate_window_ms)
{
    const struct worker *worker = exchange->worker;
    const struct http_request *request = &exchange->request;
    exchange->visitor_address = exchange_visitor(exchange);
    exchange->visitor = fingerprint_of(exchange);
    recent_clicks_expect(worker->server->recent_clicks, link_id, exchange->visitor);
    exchange->agent = agent_classify(worker->agent_matcher, request->user_agent);
    exchange->place = geo_lookup(worker->snapshot->geo, &exchange->visitor_address);
    classify_decide(&exchange->agent, request->is_prefetch, &exchange->place,
                    &exchange->click_class, &exchange->click_reason);
    if (exchange->click_class != CLICK_HUMAN || exchange->visitor == 0)
        return;
    if (!recent_clicks_claim(worker->server->recent_clicks, link_id, exchange->visitor,
                             worker->monotonic_ms, duplicate_window_ms)) {
        exchange->click_class = CLICK_DUPLICATE;
        exchange->click_reason = CLICK_REASON_REPEATED;
    }
}

void classify_undo(struct exchange *exchange, uint64_t link_id)
{
    if (exchange->click_class == CLICK_HUMAN && exchange->visitor != 0)
        recent_clicks_disclaim(exchange->worker->server->recent_clicks, link_id, exchange->visitor);
}
