#!/usr/bin/env perl
# SPDX-License-Identifier: MIT
# run.sh builds when something is newer than what was built, one run after the other, and says whose folder keeps
# it from building. In a tree with a small Makefile of its own; boots nothing.
use strict;
use warnings;
use File::Basename qw(dirname);
use FindBin;
use lib $FindBin::Bin;
use VM;

my $tree = dirname(scratch_file('Makefile', "build/flags:\n\ttouch build/flags build/words\n"
	. "build/vtdcheck.elf: build/flags force\n\techo built >> build/count; touch \$@\nforce:\n")) . '/tree';
qx(mkdir $tree && cp -r run.sh arch tests boot iommu linker.ld $tree/ && mv $tree/../Makefile $tree/);
chmod 0755, dirname($tree);
my $text = "TAP version 14\n# vtdcheck\n1..0\n";
@ENV{'QEMU', 'FAKE_END', 'FAKE_LOG'} = ("$FindBin::Bin/fake-qemu", 33, scratch_file('sample', $text));

# How often it was built until now, after another run.
sub run_and_count {
	qx($tree/run.sh 2>&1);
	return scalar split /\n/, qx(cat $tree/build/count);
}

is(run_and_count(), 1, 'the first run builds');
is(run_and_count(), 2, 'the second asks make, because of the flags that are new');
is(run_and_count(), 2, 'the third finds everything made');
qx(touch $tree/iommu/spec/regs.h);
is(run_and_count(), 3, 'a file that is newer is built from');
is(run_and_count(), 3, 'once');
qx(touch $tree/iommu/new.c);
is(run_and_count(), 4, 'so is a new file');
qx(rm $tree/iommu/new.c);
is(run_and_count(), 5, 'and one that is gone');
qx(touch $tree/build/flags);
is(run_and_count(), 6, 'and another compiler');
unlink "$tree/build/vtdcheck.elf";
is(run_and_count(), 7, 'and a kernel that is gone');

subtest 'two at once' => sub {
	qx(touch $tree/linker.ld);
	open my $held, '<', "$tree/build" or die "$tree/build: $!";
	flock $held, 2 or die "flock: $!";
	open my $pipe, '-|', "$tree/run.sh 2>&1" or die "run.sh: $!";
	is(scalar <$pipe>, "run.sh: waits for another run that builds here\n", 'the second waits, and says so');
	my $count = qx(cat $tree/build/count);
	is(scalar qx(cat $tree/build/count), $count, 'and builds nothing meanwhile');
	flock $held, 8;
	close $held;
	my @rest = <$pipe>;
	isnt(scalar qx(cat $tree/build/count), $count, 'then it builds');
};

subtest 'a folder of another user' => sub {
	plan skip_all => 'only root can be somebody else' if $> != 0;
	qx(touch $tree/linker.ld);
	my $pid = open(my $pipe, '-|') // die "fork: $!";
	if (!$pid) {
		$( = 65534;
		$) = '65534 65534';
		$< = $> = 65534;
		open STDERR, '>&', \*STDOUT;
		exec "$tree/run.sh";
	}
	my $said = join '', <$pipe>;
	close $pipe;
	is($? >> 8, 2, 'status 2');
	like($said, qr/\Arun\.sh: cannot write into the folder build, which belongs to root/, 'it is named') or diag($said);
};

# make 4.3 leaves the last newline of a file that it reads now and then.
my @flags = ('build/flags', 'build/words', 'build/host/flags');
qx(make -s @flags);
is(scalar qx(make -n @flags), '', 'flags that are the same are not written again');

done_testing();
