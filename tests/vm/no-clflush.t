#!/usr/bin/env perl
# SPDX-License-Identifier: MIT
# A processor that cannot write its caches back is no place to judge units that do not snoop them.
use strict;
use warnings;
use FindBin;
use lib $FindBin::Bin;
use VM;

my $run = boot(qemu => ['-cpu', 'qemu64,-clflush']);
ends_with($run, 2, 'COULD NOT RUN');
says($run, 'this processor has no CLFLUSH');
is(scalar @{ $run->{results} }, 0, 'nothing is blamed');
ends_with(boot(words => ['tests=cap.stable'], qemu => ['-cpu', 'qemu64']), 0, 'PASS');
done_testing();
