// libxml2's HTML parser as Swift sees it.
#pragma once

#include <libxml/HTMLparser.h>

// `xmlFree` is a variable.
static inline void cxml_free(xmlChar *text) { xmlFree(text); }
