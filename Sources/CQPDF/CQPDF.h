// qpdf's C interface as Swift sees it.
#pragma once

#include <qpdf/qpdf-c.h>
