package apiv5

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"mime/multipart"
	"path"
)

// upload is a file that was sent as the form field "filename".
type upload struct {
	name    string
	content []byte
}

func readUpload(body []byte, boundary string) (upload, bool) {
	form := multipart.NewReader(bytes.NewReader(body), boundary)
	for {
		part, err := form.NextPart()
		if err != nil {
			return upload{}, false
		}
		if part.FormName() == "filename" {
			content, err := io.ReadAll(part)
			return upload{part.FileName(), content}, err == nil
		}
	}
}

// entries reads a file of users, or tells in EMQX's words why it cannot be read.
func (u upload) entries() ([]map[string]any, string) {
	switch extension := path.Ext(u.name); extension {
	case ".json":
		decoder := json.NewDecoder(bytes.NewReader(u.content))
		decoder.UseNumber()
		var entries []map[string]any
		if decoder.Decode(&entries) != nil {
			return nil, "bad_format"
		}
		return entries, ""
	case ".csv":
		return u.lines()
	default:
		return nil, fmt.Sprintf("{unsupported_file_format,<<%q>>}", extension)
	}
}

// lines reads CSV whose first line names the fields.
func (u upload) lines() ([]map[string]any, string) {
	records, err := csv.NewReader(bytes.NewReader(u.content)).ReadAll()
	if err != nil || len(records) == 0 {
		return nil, "bad_format"
	}
	var entries []map[string]any
	for _, record := range records[1:] {
		entry := map[string]any{}
		for i, field := range records[0] {
			entry[field] = record[i]
		}
		entries = append(entries, entry)
	}
	return entries, ""
}
