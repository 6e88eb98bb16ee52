/* wire.h - a client's socket, in the clear or through TLS. */
#ifndef REDIRECTOR_WIRE_H
#define REDIRECTOR_WIRE_H
#include "redirector/tls.h"

#include <sys/types.h>

struct wire {
    int fd;
    struct tls_stream *tls; /* NULL in the clear */
};

/* As recv() and send(): bytes moved, 0 at the other's end, -1 with errno. */
ssize_t wire_receive(struct wire *wire, void *bytes, size_t size);
/* `is_last`: our half is shut down behind it, and leaves in the same packet. */
ssize_t wire_send(struct wire *wire, struct slice bytes, bool is_last);
/* What they returned means: not now. */
bool wire_is_for_later(ssize_t moved);
/* The rest of a record that TLS has opened: it does not wake the loop. */
bool wire_holds_bytes(const struct wire *wire);
#endif
