/* takeover_message.h - what two processes say to each other over DIR/jalond.sock while one takes over from the other, as
 * bytes. Who says what when: top of handover.c. Format: top of takeover_message.c. Pure. */
#ifndef REDIRECTOR_TAKEOVER_MESSAGE_H
#define REDIRECTOR_TAKEOVER_MESSAGE_H
#include "core/base/buffer.h"

#define TAKEOVER_VERSION 1
#define TAKEOVER_MESSAGE_MAX 512 /* bytes */
#define TAKEOVER_FDS_MAX 64      /* descriptors that go with one message */
#define TAKEOVER_SOCKETS_MAX 16384
#define TAKEOVER_TEXT_MAX 256

enum takeover_kind {
    TAKEOVER_HELLO = 1, /* new: what do you listen on? */
    TAKEOVER_SOCKETS,   /* old: these, in as many messages as it takes */
    TAKEOVER_READY,     /* new: all that can fail is done, I could serve at once */
    TAKEOVER_HANDOVER,  /* old: I accept no more; here is the lock */
    TAKEOVER_SERVING,   /* new: I accept */
    TAKEOVER_DONE,      /* old: then it is yours, I drain */
    TAKEOVER_REFUSED    /* old, instead of any answer: why not; it goes on serving */
};

struct takeover_message {
    enum takeover_kind kind;
    /* SOCKETS: an embedded store runs here; READY: I want it; HANDOVER: it is yours to look after. */
    bool has_store;
    unsigned total, count;                  /* SOCKETS: of all messages, of this one */
    uint8_t socket_kinds[TAKEOVER_FDS_MAX]; /* SOCKETS: enum listener_kind of each descriptor */
    char text[TAKEOVER_TEXT_MAX];           /* REFUSED: a sentence */
};

void takeover_message_write(struct buffer *out, const struct takeover_message *message);

/* One whole message that came with fd_count descriptors. JALON_UNSUPPORTED: another version's, but for REFUSED, which
 * every version reads. JALON_MALFORMED; *ret_message is untouched then. */
CHECKED int takeover_message_read(struct takeover_message *ret_message, struct slice bytes,
                                  size_t fd_count);
#endif
