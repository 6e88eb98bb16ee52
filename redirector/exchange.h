/* exchange.h - one request on its way through the house, and its answer on the way back.
 *
 * connection -> parse -> route -> resolve -> classify -> journal -> answer. Each room fills its own part and reads only
 * the parts above it. A handler never sees the connection: it writes an answer (answer.h) and calls
 * exchange_finish() once, at once or later; until then the request's slices stay valid. */
#ifndef REDIRECTOR_EXCHANGE_H
#define REDIRECTOR_EXCHANGE_H
#include "core/base/buffer.h"
#include "core/traffic/agents.h"
#include "core/traffic/geo.h"
#include "redirector/http_request.h"

struct worker;
struct route;
struct link_entry;

enum listener_kind { LISTENER_PUBLIC, LISTENER_API };

struct exchange {
    /* connection */
    struct worker *worker;
    enum listener_kind listener;
    struct address peer;
    /* parse */
    struct http_request request;
    /* route */
    const struct route *route;
    struct slice
        argument; /* what the route's shape captured: a code, a token, a name; not decoded */
    /* resolve (redirects only) */
    struct link_entry *link; /* borrowed from the worker's cache while parked or answered */
    struct exchange
        *next_parked; /* of those that wait for the same look-up, or for the same sync */
    int64_t
        deadline_ms; /* monotonic; set when it is first parked: past it, it takes what there is */
    uint64_t synced_at; /* journal offset that has to be on disk before it is finished */
    /* classify (redirects only) */
    struct address visitor_address;
    struct agent agent;
    struct place place;
    uint64_t visitor;
    uint8_t click_class, click_reason;
    /* answer */
    struct buffer *out; /* the connection's output; head and body go here whole */
    int status;         /* of the answer written; 0: none yet */
    bool is_closing;    /* close after this answer */
    /* how the connection hears that it is done; set by whoever made the exchange (a test, too) */
    void (*finished)(struct exchange *exchange, void *context);
    void *context;
};

/* For whoever makes exchanges: empties all that comes after the request. */
void exchange_reset(struct exchange *exchange);

/* The address that asked, behind whatever proxies the settings trust. */
struct address exchange_visitor(const struct exchange *exchange);

/* The answer is in exchange->out: it may be sent. Exactly once an exchange. */
void exchange_finish(struct exchange *exchange);
#endif
