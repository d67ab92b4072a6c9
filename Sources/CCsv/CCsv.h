// libcsv as Swift sees it.
#pragma once

#include <stdlib.h>
#include <csv.h>
