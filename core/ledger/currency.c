/* currency.c - the active codes of ISO 4217 that have a minor unit, by its digits (as amended until 2026:
 * without ANG, BGN, CUC, HRK, SLL and ZWL, with XCG and ZWG). */
#include "core/ledger/money.h"

static const struct {
    unsigned exponent;
    const char *codes; /* three letters and a space each */
} rows[] = {
    {0, "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF "},
    {2, "AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BMD BND BOB BOV BRL BSD BTN BWP BYN BZD "
        "CAD CDF CHE CHF CHW CNY COP COU CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP "
        "GEL GHS GIP GMD GTQ GYD HKD HNL HTG HUF IDR ILS INR IRR JMD KES KGS KHR KPW KYD KZT LAK "
        "LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MXV MYR MZN NAD NGN NIO "
        "NOK NPR NZD PAB PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE SOS "
        "SRD SSP STN SVC SYP SZL THB TJS TMT TOP TRY TTD TWD TZS UAH USD USN UYU UZS VED VES WST "
        "XCD XCG YER ZAR ZMW ZWG "},
    {3, "BHD IQD JOD KWD LYD OMR TND "},
    {4, "CLF UYW "},
};

static bool is_among(const char *codes, struct slice code)
{
    for (; *codes; codes += 4)
        if (memcmp(codes, code.data, 3) == 0)
            return true;
    return false;
}

int currency_exponent(unsigned *ret_exponent, struct slice code)
{
    if (code.size != 3)
        return JALON_NOT_FOUND;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        if (!is_among(rows[i].codes, code))
            continue;
        *ret_exponent = rows[i].exponent;
        return JALON_OK;
    }
    return JALON_NOT_FOUND;
}
