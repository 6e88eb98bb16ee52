#include "redirector/site.h"

#include "redirector/answer.h"

/* Link previews are made by robots that obey this: nothing is disallowed. */
static const char robots[] = "User-agent: *\nDisallow:\n";

/* 16 x 16, one bit a pixel, bottom row first: a milestone. */
static const unsigned char icon[] = {
    /* ICONDIR: one image; ICONDIRENTRY: 16 x 16, 2 colours, 1 plane, 1 bit, 176 bytes at 22 */
    0, 0, 1, 0, 1, 0, 16, 16, 2, 0, 1, 0, 1, 0, 176, 0, 0, 0, 22, 0, 0, 0,
    /* BITMAPINFOHEADER: 40 bytes, 16 x 32 (image and mask), 1 plane, 1 bit */
    40, 0, 0, 0, 16, 0, 0, 0, 32, 0, 0, 0, 1, 0, 1, 0, 0, 0, 0, 0, 128, 0, 0, 0, 0, 0, 0, 0, 0, 0,
    0, 0, 2, 0, 0, 0, 0, 0, 0, 0,
    /* colours, blue first */
    0x6b, 0x4a, 0x1f, 0, 0xf1, 0xf5, 0xf6, 0,
    /* image: a light stroke on the stone */
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x03, 0xc0, 0, 0, 0x07, 0xe0, 0, 0, 0x06, 0x60,
    0, 0, 0x06, 0, 0, 0, 0x06, 0, 0, 0, 0x06, 0, 0, 0, 0x06, 0, 0, 0, 0, 0, 0, 0, 0x06, 0, 0, 0,
    0x06, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
    /* mask: clear around the stone */
    0, 0, 0, 0, 0xe0, 0x07, 0, 0, 0xe0, 0x07, 0, 0, 0xe0, 0x07, 0, 0, 0xe0, 0x07, 0, 0, 0xe0, 0x07,
    0, 0, 0xe0, 0x07, 0, 0, 0xe0, 0x07, 0, 0, 0xe0, 0x07, 0, 0, 0xe0, 0x07, 0, 0, 0xe0, 0x07, 0, 0,
    0xe0, 0x07, 0, 0, 0xe0, 0x07, 0, 0, 0xf0, 0x0f, 0, 0, 0xf8, 0x1f, 0, 0, 0xff, 0xff, 0, 0};

_Static_assert(sizeof icon == 22 + 176, "the icon's directory says its size");

void site_robots(struct exchange *exchange)
{
    answer_bytes(exchange, 200, "text/plain; charset=utf-8", slice_of_string(robots));
    exchange_finish(exchange);
}

void site_icon(struct exchange *exchange)
{
    answer_bytes(exchange, 200, "image/x-icon", slice_of(icon, sizeof icon));
    exchange_finish(exchange);
}

void site_health(struct exchange *exchange)
{
    answer_bytes(exchange, 200, "text/plain; charset=utf-8", SLICE("ok\n"));
    exchange_finish(exchange);
}
