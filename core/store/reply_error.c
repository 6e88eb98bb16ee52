#include "core/store/reply_error.h"

static const struct {
    struct slice prefix;
    int error;
} rows[] = {
    {SLICE_INIT("ERR Function not found"), JALON_NOT_FOUND},
    {SLICE_INIT("LOADING "), JALON_UNAVAILABLE},
    {SLICE_INIT("BUSY "), JALON_UNAVAILABLE},
    {SLICE_INIT("READONLY "), JALON_UNAVAILABLE},
    {SLICE_INIT("OOM "), JALON_UNAVAILABLE},
    {SLICE_INIT("MISCONF "), JALON_UNAVAILABLE},
    {SLICE_INIT("NOREPLICAS "), JALON_UNAVAILABLE},
    {SLICE_INIT("MASTERDOWN "), JALON_UNAVAILABLE},
    {SLICE_INIT("CLUSTERDOWN "), JALON_UNAVAILABLE},
    {SLICE_INIT("TRYAGAIN "), JALON_UNAVAILABLE},
    {SLICE_INIT("MOVED "), JALON_UNAVAILABLE},
    {SLICE_INIT("ASK "), JALON_UNAVAILABLE},
    {SLICE_INIT("UNBLOCKED "), JALON_UNAVAILABLE},
    {SLICE_INIT("ERR max number of clients reached"), JALON_UNAVAILABLE},
    {SLICE_INIT("NOAUTH "), JALON_INVALID},
    {SLICE_INIT("WRONGPASS "), JALON_INVALID},
    {SLICE_INIT("NOPERM "), JALON_INVALID},
    {SLICE_INIT("ERR invalid password"), JALON_INVALID},
    {SLICE_INIT("ERR AUTH "), JALON_INVALID},
    {SLICE_INIT("ERR DB index is out of range"), JALON_INVALID},
    {SLICE_INIT("ERR unknown command"), JALON_UNSUPPORTED},
    {SLICE_INIT("JALONDAMAGED "), JALON_DAMAGED},
    {SLICE_INIT("JALONTORN "), JALON_UNAVAILABLE},
};

int reply_error_read(struct slice text)
{
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (slice_starts(text, rows[i].prefix))
            return rows[i].error;
    return JALON_BAD_REPLY;
}
