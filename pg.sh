. /work/bin/inner-env; echo "$AIGENTABLE_TEST_DATABASE_URL"
