#!/usr/bin/env perl
# SPDX-License-Identifier: MIT
# A run that has the machine reset and goes on: one log, one plan, one verdict, whatever happens on the way.
use strict;
use warnings;
use FindBin;
use lib $FindBin::Bin;
use VM;

use constant { AWAY => '# reset: the machine starts again', BACK => '# reset: the machine is back' };

# The results of the tests in both boots are one run's, and those after the reset are there.
sub goes_on {
	my ($name, %how) = @_;
	subtest $name => sub {
		my $run = boot(%how);
		ends_with($run, 0, 'PASS');
		is(() = $run->{log} =~ /TAP version 14/g, 1, 'it begins once');
		like($run->{log}, qr/^${\ AWAY}\n(?:.*\n)*?${\ BACK}$/m, 'it is reset, and comes back');
		is(result($run, 'reset.works'), 'ok', 'the unit works afterwards');
		is(result($run, 'reset.untranslated'), 'ok', 'and was off');
		is(() = $run->{log} =~ /^ok \d+ - reset\.iotlb/gm, $how{units} // 1, 'a result for each unit');
	};
}

goes_on('by itself', words => ["tests=reset.*,cap.*"]);
goes_on('beside modelled units, which are reset without the machine', words => ['tests=reset.*', 'topo=sm,legacy'],
	units => 3);
goes_on('beside a USB controller, for which firmware takes more memory', words => ['tests=reset.*'], qemu => ['-device', 'qemu-xhci']);
goes_on('from an ISO, by the word', options => ['--boot', 'iso'], words => ['tests=reset.*,cap.*', 'reset']);

subtest 'a failure of before the reset is told after it' => sub {
	my $run = boot(words => ['known=none', 'tests=reg.iqa,reset.works']);
	ends_with($run, 1, 'FAIL');
	says($run, qr/^# failed: reg\.iqa$/m);
};

subtest 'without the word nothing is reset' => sub {
	my $run = boot(words => ['tests=reset.*,cap.stable'], qemu => ['-no-reboot']);
	ends_with($run, 0, 'PASS  1 passed');
	unlike($run->{log}, qr/^${\ AWAY}/m, 'the machine is not reset');
	is(result($run, 'reset.works'), 'skipped', 'and what asks for it says so');
	says($run, qr/reset\.works \[unit 0\] # SKIP the machine was not to be reset \(the word reset\)/);
};

subtest 'without such a test nothing is reset' => sub {
	my $run = boot(words => ['tests=cap.*']);
	ends_with($run, 0, 'PASS');
	unlike($run->{log}, qr/^${\ AWAY}/m, 'the machine is not reset');
};

subtest 'a machine that does not come back' => sub {
	my $run = boot(words => ['tests=reset.*,cap.stable', 'reset'], qemu => ['-no-reboot']);
	ends_with($run, 4, 'the machine did not come back from its reset; the last result is: ok 1 - cap.stable');
};

# The loader writes this file at each reset, over the pages that are kept; QEMU itself would keep them.
my $zeros = scratch_file('zeros', "\0" x (4 << 20));
subtest 'a machine that forgets its memory' => sub {
	my $run = boot(words => ['tests=reset.*,cap.stable'], qemu => ['-device', "loader,file=$zeros,addr=0xdd00000,force-raw=on"]);
	ends_with($run, 4, 'started anew in the middle of the run: the machine did not come back from its reset');
	is(() = $run->{log} =~ /^${\ AWAY}/gm, 1, 'it is reset once');
};

subtest 'too little memory to keep a page' => sub {
	my $run = boot(words => ['tests=reset.*,cap.stable'], qemu => ['-m', 48]);
	ends_with($run, 0, 'PASS  1 passed');
	says($run, 'too little memory to go on after a reset');
};

done_testing();
