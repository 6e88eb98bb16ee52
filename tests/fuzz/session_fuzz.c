/* session_fuzz.c - whole conversations of a stranger with the public listener: read, route, resolve, classify, journal,
 * answer, on a worker without sockets. The first byte: how large the pieces are that come and go (bits 0-4), what the
 * store says of what is not in the cache (bits 5-6: nothing, no such link, a link), and whether the peer is a proxy
 * that is trusted (bit 7).
 *
 * Whatever comes: each answer is well-formed, nothing of the request gets into a head, and a redirect leads nowhere but
 * to a host of the campaign. */
#include "core/traffic/url.h"
#include "redirector/http_head.h"
#include "redirector/session.h"
#include "tests/unit/redirector/small_worker.h"

#define REQUIRE(truth)                                                                             \
    do {                                                                                           \
        if (!(truth)) {                                                                            \
            fprintf(stderr, "not so: %s\n", #truth);                                               \
            abort();                                                                               \
        }                                                                                          \
    } while (0)

#define OUTPUT_MAX (16u << 20)

/* The seeds' codes and tokens are signed by it: tests/vectors/ring.keys. */
static const char ring_text[] =
    "jalon key ring 1\n"
    "key a3a3a3a3 active 1764417600 "
    "bfe7e1c5c965958d343bea73ba7fb90c85ab1dc8040d4a95cd3b42a62fb49313 e093bea8\n";

enum store_manner { STORE_SILENT, STORE_EMPTY, STORE_FULL, STORE_AWAY };

static struct small_worker small;
static struct session session;
static struct buffer seen; /* what the client got */
static bool is_resumed;

static void end_worker(void)
{
    small_worker_end(&small);
    buffer_done(&seen);
}

static void start_worker(void)
{
    small_worker_start(&small);
    jalon_keys_free(small.snapshot.keys);
    REQUIRE(jalon_keys_parse(&small.snapshot.keys, ring_text, sizeof ring_text - 1) == JALON_OK);
    REQUIRE(network_set_parse(&small.snapshot.trusted_proxies, SLICE("10.0.0.0/8")) == JALON_OK);
    small.snapshot.settings.when_full = FULL_REDIRECT;
    small.snapshot.settings.unknown_slugs = 4;
    buffer_init(&seen, OUTPUT_MAX);
    REQUIRE(atexit(end_worker) == 0);
}

/* As if it had just been started: an input's end does not depend on those before it. */
static void renew_worker(void)
{
    struct resolver_options options = {.worker = &small.worker,
                                       .max_links = 64,
                                       .ask_link = small_worker_ask_link,
                                       .ask_campaign = small_worker_ask_campaign,
                                       .context = &small};
    resolver_free(small.worker.resolver);
    REQUIRE(resolver_new(&small.worker.resolver, &options) == JALON_OK);
    small.links_asked = small.campaigns_asked = 0;
    small_worker_know_campaign(&small, CAMPAIGN_JSON);
    buffer_clear(&seen);
}

static void note_resumed(struct session *resumed)
{
    REQUIRE(resumed == &session && !is_resumed);
    is_resumed = true;
}

/* What the parked exchange waits for: an answer, or its deadline. */
static void answer_parked(enum store_manner manner)
{
    static const struct slice records[] = {
        [STORE_EMPTY] = {0},
        [STORE_FULL] = SLICE_INIT(LINK_JSON(",\"target\":\"https://shop.example/x?a=1#b\""))};
    is_resumed = false;
    if (manner == STORE_EMPTY || manner == STORE_FULL)
        for (unsigned asked = 0; asked < small.links_asked && asked < ASKED_MAX; asked++)
            resolver_hear_link(small.worker.resolver, small.asked[asked], records[manner]);
    small.links_asked = 0;
    if (!is_resumed) {
        small.worker.monotonic_ms += LOOKUP_DEADLINE_MS;
        resolver_tick(small.worker.resolver);
    }
    REQUIRE(is_resumed);
}

static void send_some(size_t step)
{
    struct slice output = session_output(&session);
    while (output.size) {
        struct slice piece = slice_first(output, step);
        buffer_append(&seen, piece);
        session_sent(&session, piece.size);
        output = session_output(&session);
    }
}

/* Does what connection.c does, until more bytes are wanted. False: no more are. */
static bool advance(enum session_next next, size_t step, enum store_manner manner)
{
    for (;;) {
        send_some(step * 64);
        if (next == SESSION_CLOSES)
            return false;
        if (next == SESSION_READS)
            return session_rest(&session) == JALON_OK;
        if (next == SESSION_PARKED)
            answer_parked(manner);
        next = session_run(&session);
    }
}

static bool feed(struct slice text, size_t step, enum store_manner manner)
{
    while (text.size) {
        size_t room;
        char *bytes = session_room(&session, &room);
        REQUIRE(bytes && room);
        struct slice piece = slice_first(text, step < room ? step : room);
        memcpy(bytes, piece.data, piece.size);
        session_take(&session, piece.size);
        if (!advance(session_run(&session), step, manner))
            return false;
        text = slice_from(text, piece.size);
    }
    return true;
}

static bool is_shops(struct slice location)
{
    struct url url;
    return url_parse(&url, location, NULL) == JALON_OK && slice_is(url.scheme, "https") &&
           slice_is(url.host, "shop.example");
}

/* One line of a head; the body's size when it says so. */
static void check_line(struct slice line, bool *ret_has_location, size_t *ret_size)
{
    for (size_t i = 0; i < line.size; i++)
        REQUIRE(line.data[i] >= 0x20 && line.data[i] < 0x7f);
    struct slice name = slice_take(&line, ':');
    REQUIRE(http_is_token(name));
    line = slice_trim(line);
    if (slice_is(name, "Location")) {
        REQUIRE(!*ret_has_location && is_shops(line));
        *ret_has_location = true;
    }
    uint64_t size;
    if (slice_is(name, "Content-Length") && slice_to_u64(&size, line, OUTPUT_MAX) == JALON_OK)
        *ret_size = (size_t)size;
}

static size_t find_end_of_head(struct slice text)
{
    for (size_t i = 0; i + 4 <= text.size; i++)
        if (memcmp(text.data + i, "\r\n\r\n", 4) == 0)
            return i;
    return text.size;
}

/* One answer off the front. To HEAD there is no body: what follows the head tells which it was. */
static void take_answer(struct slice *text)
{
    REQUIRE(slice_starts(*text, SLICE("HTTP/1.1 ")));
    size_t end = find_end_of_head(*text);
    REQUIRE(end < text->size);
    struct slice head = slice_first(*text, end);
    bool is_redirect = slice_starts(slice_from(head, 9), SLICE("302 ")), has_location = false;
    size_t size = 0;
    (void)slice_take(&head, '\n'); /* the status line */
    while (head.size) {
        struct slice line = slice_take(&head, '\n');
        if (head.size) {
            REQUIRE(line.size && line.data[line.size - 1] == '\r');
            line.size--;
        }
        check_line(line, &has_location, &size);
    }
    REQUIRE(has_location == is_redirect);
    *text = slice_from(*text, end + 4);
    if (text->size && !slice_starts(*text, SLICE("HTTP/1.1 "))) {
        REQUIRE(size <= text->size);
        *text = slice_from(*text, size);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    if (!small.folder)
        start_worker();
    if (size == 0)
        return 0;
    size_t step = 1 + 4 * (size_t)(bytes[0] & 31);
    enum store_manner manner = bytes[0] >> 5 & 3;
    struct address peer = {{[10] = 0xff, 0xff, bytes[0] & 128 ? 10 : 192, 0, 2, 1}};
    renew_worker();
    resolver_set_homes(small.worker.resolver, manner != STORE_AWAY ? STORE_ALL_HOMES : 0);
    session_init(&session, &small.worker, LISTENER_PUBLIC, &peer);
    session.resumed = note_resumed;
    if (feed(slice_of(bytes + 1, size - 1), step, manner))
        (void)advance(session_take_end(&session), step, manner); /* it closes */
    session_done(&session);
    session_free_spare(&small.worker);

    struct slice answers = buffer_slice(&seen);
    REQUIRE(buffer_error(&seen) == JALON_OK);
    while (answers.size)
        take_answer(&answers);
    return 0;
}
