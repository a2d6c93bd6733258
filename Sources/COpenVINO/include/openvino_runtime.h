/*
 * The part of OpenVINO's C API that Likeness calls, declared here so that building needs no OpenVINO:
 * `likeness_openvino_load` opens the library at run time and fills a table of its functions.
 *
 * Names, types and ownership are those of OpenVINO 2026.4 (`openvino/c/openvino.h`). Every function that returns an
 * `int32_t` returns 0 for success and a negative `ov_status_e` otherwise.
 */
#ifndef LIKENESS_OPENVINO_RUNTIME_H
#define LIKENESS_OPENVINO_RUNTIME_H

#include <stddef.h>
#include <stdint.h>

typedef struct ov_core ov_core_t;
typedef struct ov_compiled_model ov_compiled_model_t;
typedef struct ov_infer_request ov_infer_request_t;
typedef struct ov_tensor ov_tensor_t;

/* Passed by value; the dimensions stay the caller's. */
typedef struct {
    int64_t rank;
    int64_t *dims;
} ov_shape_t;

typedef struct {
    const char *buildNumber;
    const char *description;
} ov_version_t;

/* A string-valued property. */
typedef struct {
    const char *key;
    const void *value;
} ov_property_t;

/* The two of `ov_element_type_e` that the model uses. */
static const int32_t likeness_openvino_f32 = 4, likeness_openvino_i64 = 10;

typedef struct {
    int32_t (*get_openvino_version)(ov_version_t *version);
    void (*version_free)(ov_version_t *version);
    const char *(*get_error_info)(int32_t status);
    /* The text of this process's last failure, a copy to be freed with `free_text`; NULL when there is none. */
    const char *(*get_last_err_msg)(void);
    void (*free_text)(const char *text);

    int32_t (*core_create)(ov_core_t **core);
    void (*core_free)(ov_core_t *core);
    int32_t (*core_compile_model_from_file_props)(
        const ov_core_t *core, const char *model_path, const char *device, size_t property_count,
        const ov_property_t *properties, ov_compiled_model_t **compiled);

    void (*compiled_model_free)(ov_compiled_model_t *compiled);
    int32_t (*compiled_model_create_infer_request)(const ov_compiled_model_t *compiled, ov_infer_request_t **request);

    void (*infer_request_free)(ov_infer_request_t *request);
    int32_t (*infer_request_get_tensor)(const ov_infer_request_t *request, const char *name, ov_tensor_t **tensor);
    int32_t (*infer_request_infer)(ov_infer_request_t *request);

    /* Frees the handle; the request keeps the memory. */
    void (*tensor_free)(ov_tensor_t *tensor);
    int32_t (*tensor_set_shape)(ov_tensor_t *tensor, ov_shape_t shape);
    int32_t (*tensor_get_element_type)(const ov_tensor_t *tensor, int32_t *type);
    int32_t (*tensor_get_size)(const ov_tensor_t *tensor, size_t *element_count);
    /* Lends the tensor's memory until its shape changes or, for an output, until the next inference. */
    int32_t (*tensor_data)(const ov_tensor_t *tensor, void **data);
} likeness_openvino_t;

/*
 * Opens the library and fills the table. It is never closed: its worker threads live as long as the process.
 *
 * Returns 0, or -1 with a text of at most `message_size - 1` bytes in `message`.
 */
int likeness_openvino_load(const char *library_path, likeness_openvino_t *table, char *message, size_t message_size);

/*
 * Reads an ONNX file and compiles it for the CPU, to be run by `thread_count` requests at once on a core each.
 *
 * Returns the status of `core_compile_model_from_file_props`.
 */
int32_t likeness_openvino_compile(
    const likeness_openvino_t *table, const ov_core_t *core, const char *model_path, int32_t thread_count,
    ov_compiled_model_t **compiled);

#endif
