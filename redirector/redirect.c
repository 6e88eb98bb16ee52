#include "redirector/redirect.h"

#include "core/base/encoding.h"
#include "core/registry/link_view.h"
#include "core/sign/click_signer.h"
#include "core/sign/token.h"
#include "core/traffic/referrer.h"
#include "redirector/answer.h"
#include "redirector/campaigns.h"
#include "redirector/classify.h"
#include "redirector/click_log.h"
#include "redirector/counters.h"
#include "redirector/exchange.h"
#include "redirector/log.h"
#include "redirector/resolver.h"
#include "redirector/worker.h"

#define SYNC_DEADLINE_MS 10000
#define PORTABLE_JSON_MAX 12288 /* a target of 2048 bytes, each escaped, and the rest */

static void finish_with_page(struct exchange *exchange, int status, const char *heading,
                             const char *sentence)
{
    answer_page(exchange, status, heading, sentence);
    exchange_finish(exchange);
}

static void finish_unknown(struct exchange *exchange)
{
    finish_with_page(exchange, 404, "This link does not exist",
                     "Check that the address was copied whole.");
}

static void finish_unavailable(struct exchange *exchange)
{
    finish_with_page(exchange, 503, "Just a moment",
                     "This link can't be opened right now. Try again shortly.");
}

/* Others behind the same address may have asked for what nobody has; links that are known here go on for all. */
static void finish_limited(struct exchange *exchange)
{
    finish_with_page(exchange, 429, "One moment, please",
                     "Many links that don't exist were asked for from your network. Open this one "
                     "again in a minute.");
}

static void finish_over(struct exchange *exchange, const struct campaign_view *campaign)
{
    if (campaign->fallback.size == 0) {
        finish_with_page(exchange, 410, "This link has ended", "What it led to is over.");
        return;
    }
    answer_redirect_begin(exchange);
    buffer_append(exchange->out, campaign->fallback);
    answer_redirect_end(exchange);
    exchange_finish(exchange);
}

static bool is_over(const struct link_entry *link, const struct campaign_view *campaign,
                    int64_t now_ms)
{
    return (link->expires_at_ms && now_ms >= link->expires_at_ms) ||
           (campaign->end_ms && now_ms >= campaign->end_ms);
}

/* 404, as 410 would say that it is gone for good. */
static void finish_early(struct exchange *exchange)
{
    finish_with_page(exchange, 404, "This link is not open yet",
                     "What it leads to has not started. Come back later.");
}

/* A portable link's target was chosen by whoever held the campaign's sub-key: only the campaign says where to. */
static bool is_target_allowed(const struct link_entry *link, const struct campaign_view *campaign)
{
    struct url url;
    if (link->kind != LINK_PORTABLE || link->target_size == 0)
        return true;
    return url_parse(&url, link_entry_target(link), NULL) == JALON_OK &&
           campaign_view_allows_host(campaign, url.host);
}

/* The record of a portable link goes into each segment of the journal that holds a click on it: where earlier ones are gone
 * and the store comes back without it, the clicks that are left have their link. */
static bool is_unregistered(const struct worker *worker, const struct link_entry *link)
{
    return link->kind == LINK_PORTABLE &&
           link->registered_in != click_log_segment(worker->click_log);
}

static int register_portable(struct exchange *exchange, struct link_entry *link)
{
    struct worker *worker = exchange->worker;
    struct token token;
    int err = token_read(&token, worker->snapshot->keys, link_entry_key(link));
    if (err)
        return err;
    char memory[PORTABLE_JSON_MAX];
    struct buffer json;
    buffer_over(&json, memory, sizeof memory);
    err = link_view_write_portable(&json, token.campaign, token.creator, token.channel,
                                   token.target, worker->now_ms);
    if (err)
        return err;
    err = click_log_append_link(worker->click_log, link->link_id, buffer_slice(&json));
    if (err)
        return err;
    link->registered_in = click_log_segment(worker->click_log);
    return JALON_OK;
}

static int append_click(struct exchange *exchange, const struct link_entry *link, uint64_t nonce,
                        uint32_t key_id)
{
    const struct worker *worker = exchange->worker;
    char source[SOURCE_MAX + 1];
    size_t source_size = referrer_source(source, exchange->request.referer);
    struct click_record click = {.link_id = link->link_id,
                                 .nonce = nonce,
                                 .key_id = key_id,
                                 .visitor = exchange->visitor,
                                 .at_ms = worker->now_ms,
                                 .class = exchange->click_class,
                                 .reason = exchange->click_reason,
                                 .device = exchange->agent.device,
                                 .system = exchange->agent.system,
                                 .app = exchange->agent.app,
                                 .network = exchange->place.network,
                                 .source = slice_of(source, source_size)};
    memcpy(click.country, exchange->place.country, sizeof click.country);
    return click_log_append(worker->click_log, &click);
}

static void count_click(struct counters *counters, uint8_t class)
{
    switch (class) {
    case CLICK_PREVIEW:
        counter_add(counters, clicks_preview, 1);
        break;
    case CLICK_BOT:
        counter_add(counters, clicks_bot, 1);
        break;
    case CLICK_PREFETCH:
        counter_add(counters, clicks_prefetch, 1);
        break;
    case CLICK_DATACENTER:
        counter_add(counters, clicks_datacenter, 1);
        break;
    case CLICK_DUPLICATE:
        counter_add(counters, clicks_duplicate, 1);
        break;
    default:
        counter_add(counters, clicks_human, 1);
    }
}

/* Classifies the click, mints its id and journals it. JALON_FULL: not journalled, but the id is good. */
static int record_click(struct exchange *exchange, struct link_entry *link,
                        struct campaign *campaign, char ret_click_id[JALON_CLICK_ID_SIZE])
{
    struct worker *worker = exchange->worker;
    struct click_signer *signer;
    int err =
        campaign_signer(campaign, worker->snapshot->keys, worker->snapshot->generation, &signer);
    if (err)
        return err;
    uint64_t nonce = click_log_nonce(worker->click_log);
    err = click_signer_mint(signer, link->link_id, worker->now_ms, nonce, ret_click_id);
    if (err)
        return err;
    classify_click(exchange, link->link_id, campaign->view.duplicate_window_ms);
    if (is_unregistered(worker, link))
        err = register_portable(exchange, link);
    if (!err)
        err = append_click(exchange, link, nonce, click_signer_key_id(signer));
    if (!err && is_unregistered(worker, link))   /* the click went into a new segment */
        (void)register_portable(exchange, link); /* no room: the next click tries again */
    if (err) {
        classify_undo(exchange, link->link_id);
        return err;
    }
    count_click(worker->counters, exchange->click_class);
    return JALON_OK;
}

static void write_redirect(struct exchange *exchange, const struct link_entry *link,
                           const struct campaign_view *campaign, struct slice click_id)
{
    struct slice target = link->target_size ? link_entry_target(link) : campaign->target;
    answer_redirect_begin(exchange);
    url_merge(exchange->out, target, campaign->utm, campaign->utm_count, exchange->request.query,
              campaign->click_param, click_id);
    answer_redirect_end(exchange);
}

static void finish_click(struct exchange *exchange, struct link_entry *link)
{
    struct worker *worker = exchange->worker;
    const struct settings *settings = &worker->snapshot->settings;
    struct campaign *campaign = link->campaign;
    char click_id[JALON_CLICK_ID_SIZE];
    int err = record_click(exchange, link, campaign, click_id);
    if (err == JALON_FULL && settings->when_full == FULL_REDIRECT) {
        counter_add(worker->counters, clicks_uncounted, 1);
    } else if (err) {
        finish_unavailable(exchange);
        return;
    }
    counter_add(worker->counters, redirects, 1);
    write_redirect(exchange, link, &campaign->view, slice_of(click_id, sizeof click_id));
    if (!err && settings->sync == SYNC_ALWAYS)
        click_log_wait(worker->click_log, exchange, worker->monotonic_ms + SYNC_DEADLINE_MS);
    else
        exchange_finish(exchange);
}

static void finish_found(struct exchange *exchange)
{
    struct link_entry *link = exchange->link;
    const struct campaign_view *campaign = &link->campaign->view;
    if (link->is_disabled) {
        finish_with_page(exchange, 410, "This link was switched off",
                         "Who issued it has withdrawn it.");
    } else if (is_over(link, campaign, exchange->worker->now_ms)) {
        finish_over(exchange, campaign);
    } else if (exchange->worker->now_ms < campaign->start_ms) {
        finish_early(exchange);
    } else if (!is_target_allowed(link, campaign)) {
        finish_unknown(exchange);
    } else if (exchange->request.method == HTTP_HEAD_METHOD) {
        write_redirect(exchange, link, campaign, SLICE_NONE);
        exchange_finish(exchange);
    } else {
        finish_click(exchange, link);
    }
}

static void finish(struct exchange *exchange, enum resolution resolution)
{
    switch (resolution) {
    case RESOLVE_FOUND:
        finish_found(exchange);
        break;
    case RESOLVE_UNKNOWN:
        finish_unknown(exchange);
        break;
    case RESOLVE_UNAVAILABLE:
        finish_unavailable(exchange);
        break;
    case RESOLVE_LIMITED:
        finish_limited(exchange);
        break;
    case RESOLVE_PARKED:
        break;
    }
}

/* What people and programs that find links in a text leave behind an address. */
static struct slice without_tail(struct slice text)
{
    while (text.size > 0 && strchr("/.,)", text.data[text.size - 1]))
        text.size--;
    return text;
}

static bool is_alphanumeric(char byte)
{
    return (byte >= '0' && byte <= '9') || (byte >= 'a' && byte <= 'z') ||
           (byte >= 'A' && byte <= 'Z');
}

static bool has_code_shape(struct slice text)
{
    if (text.size != JALON_LINK_CODE_SIZE)
        return false;
    for (size_t i = 0; i < text.size; i++)
        if (!is_alphanumeric(text.data[i]))
            return false;
    return true;
}

/* The slug in lower case; false when no slug can look like this. */
static bool read_slug(char ret_slug[JALON_SLUG_SIZE_MAX], struct slice text)
{
    if (text.size == 0 || text.size > JALON_SLUG_SIZE_MAX)
        return false;
    for (size_t i = 0; i < text.size; i++) {
        char byte = text.data[i];
        if (!is_alphanumeric(byte) && byte != '-')
            return false;
        ret_slug[i] = byte >= 'A' && byte <= 'Z' ? (char)(byte - 'A' + 'a') : byte;
    }
    return true;
}

/* What was captured of the path, percent-decoded (RFC 3986 section 6.2.2.2) into `space` where it needs to be, without
 * its tail: chats that link "(…/van)" whole send "van%29". Empty when no link can be meant. */
static struct slice read_argument(const struct exchange *exchange, char space[HTTP_TARGET_MAX])
{
    struct slice text = exchange->argument;
    if (slice_find(text, '%', 0) == text.size)
        return without_tail(text);
    struct buffer decoded;
    buffer_over(&decoded, space, HTTP_TARGET_MAX);
    if (percent_decode(&decoded, text))
        return SLICE_NONE;
    return without_tail(buffer_slice(&decoded));
}

void redirect_code(struct exchange *exchange)
{
    struct resolver *resolver = exchange->worker->resolver;
    char space[HTTP_TARGET_MAX];
    struct slice text = read_argument(exchange, space);
    char slug[JALON_SLUG_SIZE_MAX];
    if (has_code_shape(text))
        finish(exchange, resolver_find_code(resolver, exchange, LINK_SIGNED, text));
    else if (read_slug(slug, text))
        finish(exchange,
               resolver_find_code(resolver, exchange, LINK_VANITY, slice_of(slug, text.size)));
    else
        finish_unknown(exchange);
}

void redirect_token(struct exchange *exchange)
{
    char space[HTTP_TARGET_MAX];
    finish(exchange, resolver_find_token(exchange->worker->resolver, exchange,
                                         read_argument(exchange, space)));
}
