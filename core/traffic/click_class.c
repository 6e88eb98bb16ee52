#include "core/traffic/click_class.h"

static const struct {
    const char *name;
    char letter;
} classes[CLICK_CLASS_MAX + 1] = {
#define CLICK_CLASS_ROW(upper, name, letter, value) [value] = {#name, letter},
    CLICK_CLASSES(CLICK_CLASS_ROW)
#undef CLICK_CLASS_ROW
};

static const char *const reasons[] = {
#define CLICK_REASON_ROW(upper, name, value) [value] = name,
    CLICK_REASONS(CLICK_REASON_ROW)
#undef CLICK_REASON_ROW
};

/* Values come from disk too: any number may arrive here. */
static bool is_class(unsigned value)
{
    return value <= CLICK_CLASS_MAX && classes[value].name;
}

const char *click_class_name(enum click_class class)
{
    return is_class((unsigned)class) ? classes[class].name : "";
}

char click_class_letter(enum click_class class)
{
    return is_class((unsigned)class) ? classes[class].letter : '?';
}

int click_class_of_letter(char letter)
{
    for (int value = 1; value <= CLICK_CLASS_MAX; value++)
        if (classes[value].letter == letter)
            return value;
    return 0;
}

const char *click_reason_name(enum click_reason reason)
{
    return (unsigned)reason < sizeof reasons / sizeof *reasons ? reasons[reason] : "";
}
