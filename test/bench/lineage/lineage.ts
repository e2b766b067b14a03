/**
 * Lineage without a stack: updates and walks. `npm run bench -- lineage` runs each part in a process of
 * its own, because the first update of a process is measured.
 */
import { benchGenerated, benchPublic } from './updates';
import { benchWalks } from './walks';

const parts = { generated: benchGenerated, public: benchPublic, walks: benchWalks };

const [part = ''] = process.argv.slice(2);
if (!Object.hasOwn(parts, part)) throw new Error(`Unknown part of the bench: ${part}`);
void parts[part as keyof typeof parts]();
