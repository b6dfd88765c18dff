#include "reference_name.h"

#include <stddef.h>
#include <string.h>

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

/* By strcmp. */
static const struct {
    const char *name;
    uint32_t cp;
} names[] = {{"AElig", 0x00c6}, {"AMP", 0x0026}, {"Acy", 0x0410},
    {"Alpha", 0x0391}, {"ApplyFunction", 0x2061}, {"Beta", 0x0392},
    {"Cdot", 0x010a}, {"Chi", 0x03a7}, {"DScy", 0x0405}, {"Delta", 0x0394},
    {"ETH", 0x00d0}, {"Edot", 0x0116}, {"Epsilon", 0x0395}, {"Eta", 0x0397},
    {"GT", 0x003e}, {"Gamma", 0x0393}, {"Gdot", 0x0120}, {"IEcy", 0x0415},
    {"IJlig", 0x0132}, {"Idot", 0x0130}, {"InvisibleComma", 0x2063},
    {"InvisibleTimes", 0x2062}, {"Iota", 0x0399}, {"Iukcy", 0x0406},
    {"Jsercy", 0x0408}, {"KHcy", 0x0425}, {"Kappa", 0x039a}, {"Kcy", 0x041a},
    {"LT", 0x003c}, {"Lambda", 0x039b}, {"Mcy", 0x041c},
    {"MediumSpace", 0x205f}, {"Mu", 0x039c}, {"Ncy", 0x041d},
    {"NewLine", 0x000a}, {"NoBreak", 0x2060}, {"NonBreakingSpace", 0x00a0},
    {"Nu", 0x039d}, {"OElig", 0x0152}, {"Ocy", 0x041e}, {"Omega", 0x03a9},
    {"Omicron", 0x039f}, {"Phi", 0x03a6}, {"Pi", 0x03a0}, {"Prime", 0x2033},
    {"Psi", 0x03a8}, {"QUOT", 0x0022}, {"Rcy", 0x0420}, {"Rho", 0x03a1},
    {"Scy", 0x0421}, {"Sigma", 0x03a3}, {"THORN", 0x00de}, {"Tab", 0x0009},
    {"Tau", 0x03a4}, {"Tcy", 0x0422}, {"Theta", 0x0398}, {"ThinSpace", 0x2009},
    {"Ucy", 0x0423}, {"Upsilon", 0x03a5}, {"Vcy", 0x0412}, {"Xi", 0x039e},
    {"Zdot", 0x017b}, {"ZeroWidthSpace", 0x200b}, {"Zeta", 0x0396},
    {"acy", 0x0430}, {"aelig", 0x00e6}, {"af", 0x2061}, {"alpha", 0x03b1},
    {"amp", 0x0026}, {"apos", 0x0027}, {"ast", 0x002a}, {"bdquo", 0x201e},
    {"beta", 0x03b2}, {"bsol", 0x005c}, {"cdot", 0x010b}, {"chi", 0x03c7},
    {"colon", 0x003a}, {"comma", 0x002c}, {"commat", 0x0040}, {"dash", 0x2010},
    {"delta", 0x03b4}, {"dollar", 0x0024}, {"dscy", 0x0455}, {"edot", 0x0117},
    {"ell", 0x2113}, {"emsp", 0x2003}, {"ensp", 0x2002}, {"epsilon", 0x03b5},
    {"equals", 0x003d}, {"eta", 0x03b7}, {"eth", 0x00f0}, {"excl", 0x0021},
    {"ffilig", 0xfb03}, {"fflig", 0xfb00}, {"ffllig", 0xfb04},
    {"filig", 0xfb01}, {"fllig", 0xfb02}, {"frasl", 0x2044}, {"gamma", 0x03b3},
    {"gdot", 0x0121}, {"grave", 0x0060}, {"gt", 0x003e}, {"hairsp", 0x200a},
    {"hellip", 0x2026}, {"hyphen", 0x2010}, {"ic", 0x2063}, {"iecy", 0x0435},
    {"ijlig", 0x0133}, {"imath", 0x0131}, {"inodot", 0x0131}, {"iota", 0x03b9},
    {"it", 0x2062}, {"iukcy", 0x0456}, {"jsercy", 0x0458}, {"kappa", 0x03ba},
    {"kcy", 0x043a}, {"khcy", 0x0445}, {"lambda", 0x03bb}, {"lbrace", 0x007b},
    {"lbrack", 0x005b}, {"lcub", 0x007b}, {"ldquo", 0x201c}, {"lowbar", 0x005f},
    {"lpar", 0x0028}, {"lrm", 0x200e}, {"lsqb", 0x005b}, {"lsquo", 0x2018},
    {"lt", 0x003c}, {"mcy", 0x043c}, {"mdash", 0x2014}, {"minus", 0x2212},
    {"mu", 0x03bc}, {"nbsp", 0x00a0}, {"ncy", 0x043d}, {"ndash", 0x2013},
    {"nu", 0x03bd}, {"num", 0x0023}, {"numsp", 0x2007}, {"ocy", 0x043e},
    {"oelig", 0x0153}, {"omega", 0x03c9}, {"omicron", 0x03bf}, {"ordf", 0x00aa},
    {"ordm", 0x00ba}, {"percnt", 0x0025}, {"period", 0x002e}, {"phi", 0x03c6},
    {"pi", 0x03c0}, {"plus", 0x002b}, {"prime", 0x2032}, {"psi", 0x03c8},
    {"puncsp", 0x2008}, {"quest", 0x003f}, {"quot", 0x0022}, {"rbrace", 0x007d},
    {"rbrack", 0x005d}, {"rcub", 0x007d}, {"rcy", 0x0440}, {"rdquo", 0x201d},
    {"rho", 0x03c1}, {"rlm", 0x200f}, {"rpar", 0x0029}, {"rsqb", 0x005d},
    {"rsquo", 0x2019}, {"sbquo", 0x201a}, {"scy", 0x0441}, {"semi", 0x003b},
    {"shy", 0x00ad}, {"sigma", 0x03c3}, {"sigmaf", 0x03c2}, {"sol", 0x002f},
    {"szlig", 0x00df}, {"tau", 0x03c4}, {"tcy", 0x0442}, {"theta", 0x03b8},
    {"thinsp", 0x2009}, {"thorn", 0x00fe}, {"ucy", 0x0443}, {"upsilon", 0x03c5},
    {"vcy", 0x0432}, {"verbar", 0x007c}, {"vert", 0x007c}, {"xi", 0x03be},
    {"zdot", 0x017c}, {"zeta", 0x03b6}, {"zwj", 0x200d}, {"zwnj", 0x200c}};

/* What follows a letter in the names of those that carry marks, or are in
 * another style. */
static const char *const manners[] = {"acute", "breve", "caron", "cedil",
    "circ", "dblac", "fr", "grave", "macr", "ogon", "opf", "ring", "scr",
    "slash", "strok", "tilde", "uml"};

static bool begins(const char *name, struct span text)
{
    return strncmp(name, text.p, text.n) == 0;
}

/* The first of the names that do not come before text. */
static size_t first_from(struct span text)
{
    size_t low = 0, high = COUNT(names), middle;

    while (low < high) {
        middle = low + (high - low) / 2;
        if (strncmp(names[middle].name, text.p, text.n) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static bool is_letter(char c)
{
    return (c | 0x20) >= 'a' && (c | 0x20) <= 'z';
}

/* A manner that begins with text, or is it; NULL: none. */
static const char *manner(struct span text)
{
    for (size_t i = 0; i < COUNT(manners); i++)
        if (begins(manners[i], text))
            return manners[i];
    return NULL;
}

uint32_t reference_name(struct span name)
{
    size_t at = first_from(name);
    const char *found;

    if (at < COUNT(names) && span_is(name, names[at].name))
        return names[at].cp;
    if (name.n < 2 || !is_letter(name.p[0]))
        return 0;
    found = manner((struct span){name.p + 1, name.n - 1});
    if (found == NULL || strlen(found) != name.n - 1)
        return 0;
    return (uint8_t)name.p[0];
}

bool reference_name_begins(struct span text)
{
    size_t at = first_from(text);

    if (at < COUNT(names) && begins(names[at].name, text))
        return true;
    return text.n > 0 && is_letter(text.p[0]) &&
           manner((struct span){text.p + 1, text.n - 1}) != NULL;
}
