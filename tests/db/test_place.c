/* What must hold: a file system on which locks, shared mappings or syncs do not
 * do what the store builds upon is refused, any other is not. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <linux/magic.h>

#include "place.h"

static void test_network_file_systems_are_refused(void **state)
{
    (void)state;
    assert_string_equal(place_refuses(NFS_SUPER_MAGIC), "NFS");
    assert_string_equal(place_refuses(SMB_SUPER_MAGIC), "SMB");
    assert_string_equal(place_refuses(CIFS_SUPER_MAGIC), "CIFS");
    assert_string_equal(place_refuses(SMB2_SUPER_MAGIC), "SMB2");
    assert_string_equal(place_refuses(V9FS_MAGIC), "9p");
    assert_string_equal(place_refuses(AFS_SUPER_MAGIC), "AFS");
    assert_string_equal(place_refuses(CEPH_SUPER_MAGIC), "Ceph");
}

static void test_file_systems_of_unknown_make_are_refused(void **state)
{
    (void)state;
    assert_string_equal(place_refuses(FUSE_SUPER_MAGIC), "FUSE");
}

static void test_local_file_systems_are_not(void **state)
{
    static const uint32_t local[] = {EXT4_SUPER_MAGIC, XFS_SUPER_MAGIC,
        BTRFS_SUPER_MAGIC, F2FS_SUPER_MAGIC, TMPFS_MAGIC,
        OVERLAYFS_SUPER_MAGIC};

    (void)state;
    for (size_t i = 0; i < sizeof(local) / sizeof(local[0]); i++)
        assert_null(place_refuses(local[i]));
}

static void test_what_fails_in_shared_memory_is_tried_with_the_data(
    void **state)
{
    (void)state;
    assert_int_equal(place_instead(PLACE_SHM), PLACE_DATA);
}

static void test_what_fails_with_the_data_is_tried_where_there_is_room(
    void **state)
{
    (void)state;
    assert_int_equal(place_instead(PLACE_DATA), PLACE_UNDECIDED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_network_file_systems_are_refused),
        cmocka_unit_test(test_file_systems_of_unknown_make_are_refused),
        cmocka_unit_test(test_local_file_systems_are_not),
        cmocka_unit_test(
            test_what_fails_in_shared_memory_is_tried_with_the_data),
        cmocka_unit_test(
            test_what_fails_with_the_data_is_tried_where_there_is_room),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
