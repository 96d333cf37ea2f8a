/* SPDX-License-Identifier: MIT */
#include "tests/host/model/model_fixture.h"

struct machine m;

void start(struct model_config config)
{
	machine_init(&m, &config);
}

int setup(void **state)
{
	(void)state;
	start(everything());
	return 0;
}

struct model_config keeping(void)
{
	struct model_config config = everything();

	config.cap &= ~B(63);
	return config;
}
