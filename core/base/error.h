/* error.h - error codes inside the house: the public list, and a mark for results that count. */
#ifndef BASE_ERROR_H
#define BASE_ERROR_H
#include "jalon/error.h"

/* A result that must be looked at; ignore one with a cast to void and the reason. */
#define CHECKED __attribute__((warn_unused_result))
#define PRINTF_LIKE(text, first) __attribute__((format(printf, text, first)))
#endif
